// Stage 1 of a run: chooses the files that one arm writes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fixtures/launch/sample.h"
#include "fixtures/launch/sample_log.h"
#include "fixtures/leftovers/run_identity.h"
#include "suites/command/command_line.h"
#include "suites/run/selection.h"

namespace suites {

// The results (.json), the samples (.jsonl) and the settings (.settings). The destructor removes
// the files that this run created and did not fill, unless Keep() was called.
class ArmFiles {
 public:
  // `run_id` names the files, unless --benchmark_out or --resume names them. Throws UsageError if
  // one cannot be written, so that this is known before money is spent.
  ArmFiles(const CommandLine& line, const std::string& run_id);
  ~ArmFiles();
  ArmFiles(const ArmFiles&) = delete;
  ArmFiles& operator=(const ArmFiles&) = delete;

  // Call it when the run has begun: from then on all files stay.
  void Keep() { kept_ = true; }

  // Returns the samples of the resumed run; none if the run is new. Sets `damaged` to the number of
  // lines that are not samples.
  std::vector<fixtures::Sample> ReadEarlierSamples(int* damaged) const;
  // Writes the text of the results. Returns why that failed; returns an empty text if it was
  // written.
  std::string WriteResults(const std::string& text) const;

  const std::string& json_path() const { return json_path_; }
  const std::string& settings_path() const { return settings_path_; }
  const std::string& log_path() const { return log_->path(); }
  fixtures::SampleLog* log() const { return log_.get(); }
  // Returns true if the file of samples still exists: somebody may remove its directory during a
  // run.
  bool samples_are_there() const;

 private:
  const bool resumed_;
  std::string json_path_;
  std::string settings_path_;
  std::unique_ptr<fixtures::SampleLog> log_;
  bool kept_ = false;
};

struct ArmWithFiles {
  Selection selection;
  fixtures::RunIdentity identity;  // its tags mark everything that this process creates
  std::unique_ptr<ArmFiles> files;
};

// Throws UsageError if the flags exclude a benchmark (hindrances.h), or if ArmFiles does.
ArmWithFiles ChooseFiles(Selection selection);

}  // namespace suites
