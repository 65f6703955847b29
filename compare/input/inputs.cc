#include "compare/input/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "compare/input/benchmark_file.h"
#include "compare/input/input_error.h"

namespace launch_compare {
namespace {

void RefuseSamples(const std::string& path) {
  if (!path.ends_with(".jsonl")) return;
  const std::string results = path.substr(0, path.size() - 1);
  std::error_code error;
  const bool exists = std::filesystem::exists(results, error);
  throw InputError(
      exists ? fmt::format("{}: holds single launches: the results are in {}", path, results)
             : fmt::format("{}: holds single launches, and the results ({}) are not there: "
                           "launch_bench --resume={} makes them",
                           path, results, path));
}

}  // namespace

std::vector<std::string> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      const std::string name = entry.path().string();
      const bool is_run = name.ends_with(".json") || name.ends_with(".json.gz");
      if (is_run && entry.is_regular_file()) found.push_back(name);
    }
    if (error) throw InputError(fmt::format("{}: cannot be read: {}", path, error.message()));
    if (found.empty()) throw InputError(path + ": a directory without any *.json or *.json.gz");
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

std::vector<BenchmarkRun> ReadRuns(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) RefuseSamples(path);
  if (std::count(paths.begin(), paths.end(), "-") > 1)
    throw InputError("-: standard input holds one run: it can be given once");
  return ReadBenchmarkFiles(paths);
}

}  // namespace launch_compare
