#include "compare/input/run_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "compare/input/input_error.h"

namespace launch_compare {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// The statistics that the library appends to a name. In files of libraries before 1.5 only the name
// tells that a row is an aggregate.
constexpr std::array<std::string_view, 6> kStatistics = {"mean", "median", "stddev",
                                                         "cv",   "BigO",   "RMS"};

// Splits "Cold_mean" into "Cold" and "mean". The second is empty if the name does not end in a
// statistic.
std::pair<std::string, std::string> SplitStatistic(const std::string& name) {
  for (const std::string_view statistic : kStatistics) {
    if (name.size() > statistic.size() + 1 && name.ends_with(statistic) &&
        name[name.size() - statistic.size() - 1] == '_') {
      return {name.substr(0, name.size() - statistic.size() - 1), std::string(statistic)};
    }
  }
  return {name, ""};
}

// Returns why a value is no measurement, or "". Counters may be zero, and so may the CPU time of a
// benchmark that waits.
std::string WhyInvalid(const std::string& metric, double value) {
  if (!std::isfinite(value)) return "is not finite";
  if (std::abs(value) > kLargestValue)
    return fmt::format("is {:g}: too large to be measured", value);
  const bool measured = metric == "real_time" ? value > 0 : metric != "cpu_time" || value >= 0;
  return measured ? "" : fmt::format("is {:g} ms: nothing was measured", value);
}

std::string RepetitionName(const std::string& benchmark, std::size_t repetition) {
  return fmt::format("{}, repetition {}", benchmark, repetition);
}

}  // namespace

void Row::Clear() {
  for (std::string* text : {&name, &run_name, &run_type, &aggregate_name, &time_unit, &label,
                            &error_message, &skip_message}) {
    text->clear();
  }
  family.reset();
  instance.reset();
  repetition.reset();
  error_occurred = false;
  skipped = false;
  real_time.reset();
  cpu_time.reset();
  counter_count = 0;
}

RunBuilder::RunBuilder(std::string path) { run_.path = std::move(path); }

void RunBuilder::Add(const Row& row) {
  if (row.name.empty())
    throw InputError(run_.path + ": a benchmark has no name: not a Google Benchmark file");
  if (row.skipped && !row.error_occurred) {
    const std::string message = row.skip_message.empty() ? "no reason given" : row.skip_message;
    run_.left_out.push_back(fmt::format("{} (skipped: {})", row.name, message));
    return;
  }
  if (row.run_type.empty()) {
    const auto [base, statistic] = SplitStatistic(row.name);
    const std::size_t index = IndexOf(row, row.run_name.empty() ? base : row.run_name);
    statistic.empty() ? AddRepetition(row, index) : AddAggregate(row, statistic, index);
  } else if (row.run_type == "aggregate") {
    const std::string& name = row.run_name.empty() ? row.name : row.run_name;
    AddAggregate(row, row.aggregate_name, IndexOf(row, name));
  } else {
    AddRepetition(row, IndexOf(row, row.run_name.empty() ? row.name : row.run_name));
  }
}

std::size_t RunBuilder::IndexOf(const Row& row, const std::string& run_name) {
  if (last_index_ < run_.benchmarks.size() && run_.benchmarks[last_index_].name == run_name) {
    // It is the benchmark of the previous row.
  } else if (const auto known = indices_.find(run_name); known != indices_.end()) {
    last_index_ = known->second;
  } else {
    last_index_ = run_.benchmarks.size();
    indices_.emplace(run_name, last_index_);
    run_.benchmarks.emplace_back().name = run_name;
    Progress& progress = progress_.emplace_back();
    progress.family = row.family;
    progress.instance = row.instance;
  }
  const Progress& progress = progress_[last_index_];
  if (progress.family != row.family || progress.instance != row.instance) {
    throw InputError(fmt::format("{}: two benchmarks are named {}: give them different names",
                                 run_.path, run_name));
  }
  return last_index_;
}

double RunBuilder::Milliseconds(const Row& row, double value) const {
  if (row.time_unit == "ms") return value;
  if (row.time_unit == "ns" || row.time_unit.empty()) return value * 1e-6;
  if (row.time_unit == "us") return value * 1e-3;
  if (row.time_unit == "s") return value * 1e3;
  throw InputError(
      fmt::format("{}: {} has the unknown time_unit {}", run_.path, row.name, row.time_unit));
}

void RunBuilder::SetValue(std::size_t index, std::size_t position, const std::string& metric,
                          double value) {
  Benchmark& benchmark = run_.benchmarks[index];
  const std::size_t repetition = benchmark.repetitions() - 1;
  if (const std::string why = WhyInvalid(metric, value); !why.empty()) {
    AddNonFinite(index, metric,
                 fmt::format("{}: {} {}", RepetitionName(benchmark.name, repetition), metric, why));
    value = kNone;
  }
  // All rows of a benchmark have their counters in the same order, so `position` is nearly always
  // right.
  std::vector<Metric>& metrics = benchmark.metrics;
  auto entry = metrics.begin() + static_cast<std::ptrdiff_t>(std::min(position, metrics.size()));
  if (entry == metrics.end() || entry->name != metric) {
    entry = std::find_if(metrics.begin(), metrics.end(),
                         [&](const Metric& m) { return m.name == metric; });
  }
  if (entry == metrics.end()) entry = metrics.insert(entry, Metric{metric, {}});
  if (entry->values.empty()) entry->values.reserve(benchmark.failed.capacity());
  entry->values.resize(repetition, kNone);  // earlier repetitions had no such counter
  entry->values.push_back(value);
}

// Adds one line for each metric, not for each repetition.
void RunBuilder::AddNonFinite(std::size_t index, const std::string& metric, std::string line) {
  const auto [known, is_new] =
      progress_[index].non_finite.try_emplace(metric, NonFinite{run_.non_finite.size(), 1});
  if (!is_new) {
    ++known->second.count;
    return;
  }
  run_.non_finite.push_back(std::move(line));
  run_.benchmarks[index].non_finite.push_back(metric);
}

void RunBuilder::AddFailure(const Row& row, Benchmark& benchmark) {
  std::vector<std::string>& messages = benchmark.failure_messages;
  const std::string message = row.error_message.empty() ? "no message" : row.error_message;
  if (std::find(messages.begin(), messages.end(), message) == messages.end())
    messages.push_back(message);
}

void RunBuilder::AddRepetition(const Row& row, std::size_t index) {
  Benchmark& benchmark = run_.benchmarks[index];
  if (row.repetition && !progress_[index].repetitions.insert(*row.repetition).second) {
    throw InputError(
        fmt::format("{}: two benchmarks are named {} (repetition {} occurs twice): give them "
                    "different names",
                    run_.path, benchmark.name, *row.repetition));
  }
  benchmark.failed.push_back(row.error_occurred);
  if (!row.label.empty()) AddLabel(index, row.label);
  if (row.error_occurred) return AddFailure(row, benchmark);
  if (!row.real_time) {
    throw InputError(fmt::format("{}: {} has no real_time: not a Google Benchmark file", run_.path,
                                 RepetitionName(benchmark.name, benchmark.repetitions() - 1)));
  }
  SetValue(index, 0, "real_time", Milliseconds(row, *row.real_time));
  if (row.cpu_time) SetValue(index, 1, "cpu_time", Milliseconds(row, *row.cpu_time));
  const std::size_t times = row.cpu_time ? 2 : 1;
  for (std::size_t i = 0; i < row.counter_count; ++i) {
    SetValue(index, times + i, row.counters[i].first, row.counters[i].second);
  }
}

void RunBuilder::AddAggregate(const Row& row, const std::string& aggregate, std::size_t index) {
  Progress& progress = progress_[index];
  if (!progress.aggregates.insert(aggregate).second) {
    throw InputError(
        fmt::format("{}: two benchmarks are named {} ({} occurs twice): give them different names",
                    run_.path, run_.benchmarks[index].name, aggregate));
  }
  if (aggregate == "BigO" || aggregate == "RMS")
    run_.left_out.push_back(run_.benchmarks[index].name + "_" + aggregate);
  const bool better =
      aggregate == "median" || (aggregate == "mean" && !progress.aggregates.contains("median"));
  if (!better || !row.real_time) return;
  if (!row.label.empty()) AddLabel(index, row.label);
  progress.central.clear();
  progress.central.emplace_back("real_time", Milliseconds(row, *row.real_time));
  if (row.cpu_time) progress.central.emplace_back("cpu_time", Milliseconds(row, *row.cpu_time));
  for (std::size_t i = 0; i < row.counter_count; ++i) progress.central.push_back(row.counters[i]);
}

void RunBuilder::AddLabel(std::size_t index, const std::string& text) {
  if (!progress_[index].labels.insert(text).second) return;
  Label label = ParseLabel(text);
  std::vector<Label>& labels = run_.benchmarks[index].labels;
  if (label != Label() && std::find(labels.begin(), labels.end(), label) == labels.end()) {
    labels.push_back(std::move(label));
  }
}

BenchmarkRun RunBuilder::Finish() {
  for (std::size_t i = 0; i < run_.benchmarks.size(); ++i) {
    Benchmark& benchmark = run_.benchmarks[i];
    for (const auto& [metric, found] : progress_[i].non_finite) {
      if (found.count > 1)
        run_.non_finite[found.line] += fmt::format(", and {} more like it", found.count - 1);
    }
    if (benchmark.repetitions() == 0) {
      benchmark.aggregates_only = true;
      for (const auto& [metric, value] : progress_[i].central) {
        if (WhyInvalid(metric, value).empty()) benchmark.metrics.push_back({metric, {value}});
      }
    }
    for (Metric& metric : benchmark.metrics) {
      if (!benchmark.aggregates_only) metric.values.resize(benchmark.repetitions(), kNone);
    }
  }
  // Benchmarks that only have BigO or RMS rows, which are computed from other benchmarks.
  std::erase_if(run_.benchmarks,
                [](const Benchmark& b) { return b.aggregates_only && b.metrics.empty(); });
  if (run_.benchmarks.empty()) throw InputError(run_.path + ": contains no benchmark results");
  return std::move(run_);
}

}  // namespace launch_compare
