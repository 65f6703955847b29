// One benchmark run, as read from one file.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace launch_compare {

// The label that launch_bench gives a benchmark, a small JSON object. Labels of other programs are
// free text: all members stay empty.
struct Label {
  std::vector<std::string> phases;  // in order, without _ms; they add up to real_time
  std::string region;
  std::string zone;
  std::string type;
  std::string image;
  // The sweep that the benchmark is a level of: "EbsSize" for "EbsSize/8GiB". Empty if it is
  // not part of a sweep, or if an older launch_bench wrote the file: it did not write this key.
  std::string sweep;
  // The benchmark to compare this one with, in pairs by the counter `repetition`: "Fleet/Baseline".
  std::string baseline;
  // What the baseline's counter replayed_<variant>_ms takes for granted about this benchmark.
  std::string replay_assumes;

  bool operator==(const Label&) const = default;
};

Label ParseLabel(std::string_view text);

// A value above this, or below its negative, is no measurement: no time, amount or rate comes near
// it. Sums, differences and products of smaller values cannot overflow, so that an infinite sample
// always means a failed launch.
inline constexpr double kLargestValue = 1e100;

// One measured quantity of a benchmark. real_time and cpu_time are in milliseconds, whatever the
// file's time_unit is. Counters have the values of the file.
struct Metric {
  std::string name;
  // One for each repetition, in file order. NaN if the repetition has no value, for example because
  // it failed.
  std::vector<double> values;
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
  std::vector<std::string> non_finite;  // metrics with a skipped value (BenchmarkRun::non_finite)

  std::size_t repetitions() const { return failed.size(); }
  std::size_t failures() const;
  const Metric* find(std::string_view metric) const;  // nullptr: no such metric
};

struct BenchmarkRun {
  std::string path;
  std::map<std::string, std::string> context;  // scalars only, as text
  std::vector<Benchmark> benchmarks;           // in file order
  // Values that were skipped: "Cold/manual_time, repetition 3: api_ms is not finite". Values beyond
  // kLargestValue are skipped too, and so is a real_time of zero or less: nothing was measured.
  std::vector<std::string> non_finite;
  // Rows that were skipped: "Sort_BigO", "Cold (skipped: no such type)".
  std::vector<std::string> left_out;
  std::size_t content_hash = 0;  // of keys and values; white space does not change it

  // Returns "" if the run does not state it.
  std::string_view context_value(const std::string& key) const;
  // Returns true if the context says so, as that of launch_bench's local cloud does: the latencies
  // are an input and were not measured.
  bool modelled() const { return context_value("modelled") == "true"; }
  // Returns true if the context says so, as that of launch_bench --cloud=qemu does: the times were
  // measured on virtual machines of one host, not in a cloud.
  bool on_virtual_machines() const { return !context_value("virtual_machines").empty(); }
};

}  // namespace launch_compare
