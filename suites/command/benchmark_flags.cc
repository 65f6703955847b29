#include "suites/command/benchmark_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include "fixtures/fleet/fleet_variants.h"
#include "suites/command/flag_values.h"
#include "suites/command/help_text.h"

namespace suites {
namespace {

// The flags of Google Benchmark 1.7.1. The library ends the process, with its own exit status, if a
// value is not valid. So everything that a user can get wrong is checked here first.
constexpr std::array kFlags = std::to_array<BenchmarkFlag>({
    {"benchmark_filter", "REGEX", kLaunchGroup,
     "Measure the techniques whose full name (Cold/iterations:1/manual_time) matches; a leading "
     "'-' means all others. Fleets take minutes: they run only if REGEX names Fleet or a variant"},
    {"benchmark_repetitions", "N", kLaunchGroup, "Launches of each technique (default 3)"},
    {"benchmark_list_tests", "", kOtherGroup,
     "List the names that match and exit; makes no network call"},
    {"benchmark_format", "FORMAT", kResultsGroup, "Format of the output: console or json"},
    {"benchmark_out", "FILE", kResultsGroup,
     "Write the results to FILE (default: a file in --results_dir)"},
    {"benchmark_out_format", "FORMAT", kResultsGroup,
     "Format of the results file: json or console (default json)"},
    {"benchmark_context", "KEY=VALUE,...", kResultsGroup, "Additional context in the results file"},
    {"benchmark_report_aggregates_only", "BOOL", kResultsGroup,
     "Write and print only mean, median and deviation of the repetitions"},
    {"benchmark_display_aggregates_only", "BOOL", kResultsGroup,
     "Print only these; the results file has every repetition"},
    {"benchmark_color", "WHEN", kResultsGroup,
     "auto, yes or no (default auto: on a terminal, unless NO_COLOR is set)"},
    {"benchmark_time_unit", "UNIT", kResultsGroup,
     "Unit with --benchmark_out_format=console: ns, us, ms or s"},
    {"benchmark_min_time", "", "", ""},
    {"benchmark_enable_random_interleaving", "", "", ""},
    {"benchmark_counters_tabular", "", "", ""},
    {"benchmark_perf_counters", "", "", ""},
    {"v", "", "", ""},
});

std::optional<std::string> ValueOf(const std::string& argument, std::string_view name) {
  if (!StartsFlag(argument, name)) return std::nullopt;
  const auto equals = argument.find('=');
  return equals == std::string::npos ? "" : argument.substr(equals + 1);
}

bool IsTrue(const std::string& value) {
  return value.empty() || value == "true" || value == "1" || value == "yes" || value == "on";
}

// The library reads every other word as true.
void CheckTruth(const std::string& value, std::string_view flag,
                std::string_view words = "true or false") {
  if (value.empty() || IsTruthWord(value)) return;
  throw UsageError(fmt::format("--{} must be {}, not '{}'", flag, words, value));
}

// launch_bench writes the context itself, because the library adds it again on each initialization.
void ReadContext(const std::string& value, CommandLine& line) {
  std::istringstream pairs(value);
  for (std::string pair; std::getline(pairs, pair, ',');) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(fmt::format(
          "--benchmark_context requires KEY=VALUE,...; '{}' does not have that form", pair));
    }
    line.context[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
}

// The library accepts "0.5", "0.5s" and "3x"; its reading of "nan" is not defined.
void CheckMinTime(const std::string& value) {
  const bool has_unit = value.ends_with('s') || value.ends_with('x');
  const char* const end = value.data() + value.size() - (has_unit ? 1 : 0);
  double number = 0;
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stop != end || !std::isfinite(number) || number < 0)
    throw UsageError(fmt::format("--benchmark_min_time must be a time like 0.5s, not '{}'", value));
}

// The library's third format, csv, ends the program if two benchmarks have different counters, as
// they do here.
void CheckFormat(const std::string& value, std::string_view flag) {
  if (value != "console" && value != "json") {
    throw UsageError(fmt::format("--{} must be console or json, not '{}'", flag, value));
  }
}

}  // namespace

std::span<const BenchmarkFlag> BenchmarkFlags() { return kFlags; }

bool IsBenchmarkFlag(std::string_view argument) {
  return std::ranges::any_of(
      kFlags, [&](const BenchmarkFlag& flag) { return StartsFlag(argument, flag.name); });
}

// Returns true if `filter` names "Fleet" or a variant ("ManagedQueue"). Of "WorkersPerInstance:2"
// only the part before the colon counts.
bool NamesFleet(const std::string& filter) {
  if (filter.starts_with('-')) return false;
  if (filter.find("Fleet") != std::string::npos) return true;
  return std::ranges::any_of(fixtures::fleet::VariantNames(), [&](const std::string& variant) {
    return filter.find(variant.substr(0, variant.find(':'))) != std::string::npos;
  });
}

std::string ValueNeededBy(std::string_view argument) {
  const auto flag = std::ranges::find_if(
      kFlags, [&](const BenchmarkFlag& one) { return StartsFlag(argument, one.name); });
  if (flag == kFlags.end() || flag->value == "BOOL" || flag->name == "benchmark_color") return "";
  return std::string(flag->value);
}

void ReadBenchmarkFlag(const std::string& argument, CommandLine& line) {
  if (const std::string value = ValueNeededBy(argument);
      !value.empty() && argument.find('=') == std::string::npos)
    throw UsageError(fmt::format("{} needs a value: {}={}", argument, argument, value));
  if (const auto context = ValueOf(argument, "benchmark_context")) {
    return ReadContext(*context, line);
  }
  line.benchmark_arguments.push_back(argument);
  if (const auto value = ValueOf(argument, "benchmark_list_tests")) {
    CheckTruth(*value, "benchmark_list_tests");
    line.list_tests = IsTrue(*value);
  } else if (const auto all = ValueOf(argument, "benchmark_report_aggregates_only")) {
    CheckTruth(*all, "benchmark_report_aggregates_only");
  } else if (const auto shown = ValueOf(argument, "benchmark_display_aggregates_only")) {
    CheckTruth(*shown, "benchmark_display_aggregates_only");
  } else if (const auto filter = ValueOf(argument, "benchmark_filter")) {
    line.wants_fleet = NamesFleet(*filter);
  } else if (const auto count = ValueOf(argument, "benchmark_repetitions")) {
    line.repetitions = PositiveCount(*count, "--benchmark_repetitions", kMostRepetitions);
  } else if (const auto least = ValueOf(argument, "benchmark_min_time")) {
    CheckMinTime(*least);
  } else if (const auto unit = ValueOf(argument, "benchmark_time_unit")) {
    if (*unit != "ns" && *unit != "us" && *unit != "ms" && *unit != "s")
      throw UsageError(
          fmt::format("--benchmark_time_unit must be ns, us, ms or s, not '{}'", *unit));
  } else if (const auto format = ValueOf(argument, "benchmark_format")) {
    CheckFormat(*format, "benchmark_format");
    line.format = *format;
  } else if (const auto out_format = ValueOf(argument, "benchmark_out_format")) {
    CheckFormat(*out_format, "benchmark_out_format");
    line.out_format = *out_format;
  } else if (const auto color = ValueOf(argument, "benchmark_color")) {
    if (*color != "auto") CheckTruth(*color, "benchmark_color", "auto, yes or no");
    line.color = color->empty() ? "yes" : *color;
  } else if (const auto out = ValueOf(argument, "benchmark_out")) {
    if (out->empty()) throw UsageError("--benchmark_out requires a file: --benchmark_out=FILE");
    if (*out == "-") {
      throw UsageError(
          "--benchmark_out=- would write a file of that name; standard output is "
          "--benchmark_out=/dev/stdout");
    }
    line.out = *out;
  }
}

}  // namespace suites
