// Builds a BenchmarkRun from the rows of a Google Benchmark file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "compare/input/run.h"

namespace launch_compare {

// One object of the file's "benchmarks" array. The reader reuses it for all rows, which saves
// allocations.
struct Row {
  std::string name;
  std::string run_name;  // empty in files of libraries before 1.5
  std::string run_type;  // likewise; the name then tells an aggregate
  std::string aggregate_name;
  std::string time_unit;  // empty: ns, the library's default
  std::string label;
  std::string error_message;
  std::string skip_message;  // since version 1.8 of the library
  std::optional<std::uint64_t> family;
  std::optional<std::uint64_t> instance;
  std::optional<std::uint64_t> repetition;
  bool error_occurred = false;
  bool skipped = false;  // the benchmark skipped itself, without an error
  // Non-finite if the file has NaN, Infinity or null.
  std::optional<double> real_time;
  std::optional<double> cpu_time;
  std::vector<std::pair<std::string, double>> counters;
  std::size_t counter_count = 0;  // how many of `counters` belong to this row

  void Clear();
};

// Call Add() for every row, then Finish() once. Both throw InputError: one line that starts with
// the path.
class RunBuilder {
 public:
  explicit RunBuilder(std::string path);

  BenchmarkRun& run() { return run_; }
  void Add(const Row& row);
  BenchmarkRun Finish();

 private:
  struct NonFinite {
    std::size_t line;  // index in run_.non_finite
    std::size_t count;
  };

  // The state of one benchmark while its rows come in.
  struct Progress {
    std::optional<std::uint64_t> family;
    std::optional<std::uint64_t> instance;
    std::unordered_set<std::uint64_t> repetitions;
    std::unordered_set<std::string> aggregates;
    std::unordered_set<std::string> labels;
    std::map<std::string, NonFinite> non_finite;  // by metric
    // The values of the median row, or else of the mean row.
    std::vector<std::pair<std::string, double>> central;
  };

  void AddRepetition(const Row& row, std::size_t index);
  void AddNonFinite(std::size_t index, const std::string& metric, std::string line);
  void AddAggregate(const Row& row, const std::string& aggregate, std::size_t index);
  void AddFailure(const Row& row, Benchmark& benchmark);
  void SetValue(std::size_t index, std::size_t position, const std::string& metric, double value);
  void AddLabel(std::size_t index, const std::string& label);
  std::size_t IndexOf(const Row& row, const std::string& run_name);
  double Milliseconds(const Row& row, double value) const;

  BenchmarkRun run_;
  std::vector<Progress> progress_;  // parallel to run_.benchmarks
  std::unordered_map<std::string, std::size_t> indices_;
  std::size_t last_index_ = 0;  // saves look-ups: rows of one benchmark mostly follow each other
};

}  // namespace launch_compare
