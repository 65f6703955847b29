// One benchmark run, as read from one file.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace launch_compare {

// What launch_bench writes into a benchmark's label, a small JSON object. Other programs' labels
// are free text: all members stay empty.
struct Label {
  std::vector<std::string> phases;  // in order, without _ms; they add up to real_time
  std::string region;
  std::string zone;
  std::string type;
  std::string image;
  // The sweep that the benchmark is a level of: "EbsSize" for "EbsSize/8GiB". Empty if it is
  // not part of a sweep, or if an older launch_bench wrote the file: it did not write this key.
  std::string sweep;

  bool operator==(const Label&) const = default;
};

Label ParseLabel(std::string_view text);

// One measured quantity of a benchmark. real_time and cpu_time are in milliseconds whatever the
// file's time_unit; counters are as the file has them.
struct Metric {
  std::string name;
  std::vector<double>
      values;  // one for each repetition in file order; NaN where it has none, as failed ones do
};

struct Benchmark {
  std::string name;          // run_name as in the file, the library's suffixes included
  std::vector<bool> failed;  // one for each repetition; its size is their number
  std::vector<std::string> failure_messages;  // distinct
  std::vector<Metric> metrics;                // real_time first, if anything was measured
  std::vector<Label> labels;                  // distinct
  // True: the file has no repetitions of this benchmark, only aggregates. Each metric then has the
  // median (or mean) as its only value, which can be shown but not tested.
  bool aggregates_only = false;
  std::vector<std::string>
      non_finite;  // metrics of which a value was left out (BenchmarkRun::non_finite)

  std::size_t repetitions() const { return failed.size(); }
  std::size_t failures() const;
  const Metric* find(std::string_view metric) const;  // nullptr: no such metric
};

// A value.
struct BenchmarkRun {
  std::string path;
  std::map<std::string, std::string> context;  // scalars only, as text
  std::vector<Benchmark> benchmarks;           // in file order
  // "Cold/manual_time, repetition 3: api_ms is not finite": left out of its metric. So is a
  // real_time of zero or less: nothing was measured.
  std::vector<std::string> non_finite;
  std::vector<std::string> left_out;  // "Sort_BigO", "Cold (skipped: no such type)"
  std::size_t content_hash = 0;       // of what the file says, however it is laid out

  // Empty where the run does not state it.
  std::string_view context_value(const std::string& key) const;
  // launch_bench's local cloud, or another source that states "modelled": its latencies are an
  // input, not measured.
  bool modelled() const { return context_value("modelled") == "true"; }
};

}  // namespace launch_compare
