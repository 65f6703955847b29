// Stage 1 of a run: the files that one arm writes are chosen.
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

// The results (.json), the samples (.jsonl) and the settings (.settings). Until Keep() is called,
// the destructor removes those that this run made and did not fill.
class ArmFiles {
 public:
  // `run_id` names the files, unless --benchmark_out or --resume names them. Throws UsageError if
  // one cannot be written: this is known before money is spent.
  ArmFiles(const CommandLine& line, const std::string& run_id);
  ~ArmFiles();
  ArmFiles(const ArmFiles&) = delete;
  ArmFiles& operator=(const ArmFiles&) = delete;

  // The run has begun: from now on all files stay.
  void Keep() { kept_ = true; }

  // Returns the samples of the run that is resumed; none if the run is new. `damaged`: how many
  // lines are no samples.
  std::vector<fixtures::Sample> ReadEarlierSamples(int* damaged) const;
  // Writes the text of the results. Returns why that failed; empty if it did not.
  std::string WriteResults(const std::string& text) const;

  const std::string& json_path() const { return json_path_; }
  const std::string& settings_path() const { return settings_path_; }
  const std::string& log_path() const { return log_->path(); }
  fixtures::SampleLog* log() const { return log_.get(); }
  // Returns true if the samples' file still exists: a directory may be removed during a run.
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
  fixtures::RunIdentity identity;  // what this process makes carries its tags
  std::unique_ptr<ArmFiles> files;
};

// Throws UsageError if the flags exclude a benchmark (hindrances.h), and as ArmFiles does.
ArmWithFiles ChooseFiles(Selection selection);

}  // namespace suites
