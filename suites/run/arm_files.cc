#include "suites/run/arm_files.h"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "suites/run/hindrances.h"
#include "suites/run/result_file.h"

namespace suites {
namespace {

// Returns the results file of the run that --resume names.
std::filesystem::path ResumedFile(const CommandLine& line) {
  std::filesystem::path path = line.resume;
  if (path.extension() != ".json" && path.extension() != ".jsonl")
    path = std::filesystem::path(line.results_dir) / (line.resume + ".json");
  path.replace_extension(".json");
  if (!line.out.empty() && std::filesystem::path(line.out) != path) {
    throw UsageError(
        fmt::format("--resume={} writes {}; remove --benchmark_out", line.resume, path.string()));
  }
  const auto samples = std::filesystem::path(path).replace_extension(".jsonl");
  if (!std::filesystem::exists(samples))
    throw UsageError(fmt::format("--resume={}: there is no {}", line.resume, samples.string()));
  if (!std::filesystem::is_regular_file(samples)) {
    throw UsageError(
        fmt::format("--resume={}: {} is not a regular file", line.resume, samples.string()));
  }
  return path;
}

// Returns a file in --results_dir, and creates that directory if it does not exist.
std::filesystem::path FileOfRun(const CommandLine& line, const std::string& run_id) {
  std::error_code error;  // ignored: opening the file reports what is wrong
  std::filesystem::create_directories(line.results_dir, error);
  return std::filesystem::path(line.results_dir) / (run_id + ".json");
}

}  // namespace

ArmFiles::ArmFiles(const CommandLine& line, const std::string& run_id)
    : resumed_(!line.resume.empty()) {
  std::filesystem::path out = line.out;
  if (resumed_) {
    out = ResumedFile(line);
  } else if (out.empty()) {
    out = FileOfRun(line, run_id);
  }
  json_path_ = out.string();
  RequireWritable(json_path_, "--benchmark_out or --results_dir");
  // No file can be created next to a pipe or device.
  if (IsStream(json_path_)) out = FileOfRun(line, run_id);
  try {
    log_ = std::make_unique<fixtures::SampleLog>(
        out.replace_extension(".jsonl").string(),
        resumed_ ? fixtures::SampleLog::Mode::kContinue : fixtures::SampleLog::Mode::kNew);
  } catch (const std::exception&) {
    RemoveIfEmpty(json_path_);
    throw;
  }
  settings_path_ = out.replace_extension(".settings").string();
}

ArmFiles::~ArmFiles() {
  if (kept_) return;
  RemoveIfEmpty(json_path_);
  RemoveIfEmpty(log_->path());
  std::error_code error;
  if (!samples_are_there() && std::filesystem::is_regular_file(settings_path_, error))
    std::filesystem::remove(settings_path_, error);
}

std::vector<fixtures::Sample> ArmFiles::ReadEarlierSamples(int* damaged) const {
  *damaged = log_->cut_off() ? 1 : 0;
  if (!resumed_) return {};
  return fixtures::ReadSampleLog(log_->path(), damaged);
}

std::string ArmFiles::WriteResults(const std::string& text) const {
  try {
    WriteResultFile(json_path_, text);
    return "";
  } catch (const std::system_error& error) {
    RemoveIfEmpty(json_path_);  // an empty file would look like results
    return error.what();
  }
}

bool ArmFiles::samples_are_there() const {
  std::error_code error;
  return std::filesystem::exists(log_->path(), error);
}

ArmWithFiles ChooseFiles(Selection selection) {
  RefuseHindered(selection.fixtures(), selection.line.launch);
  auto identity = fixtures::RunIdentity::Create(selection.line.launch.tags);
  auto files = std::make_unique<ArmFiles>(selection.line, identity.run_id());
  return {std::move(selection), std::move(identity), std::move(files)};
}

}  // namespace suites
