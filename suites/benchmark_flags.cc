#include "suites/benchmark_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "fixtures/fleet/fleet_variants.h"
#include "suites/flag_values.h"

namespace suites {
namespace {

// Google Benchmark 1.7.1's flags. It exits by itself, and with a status of its own choosing, on
// what it does not like; so what a user can get wrong is checked here first.
constexpr std::array<std::string_view, 16> kBenchmarkFlags{"benchmark_list_tests",
                                                           "benchmark_filter",
                                                           "benchmark_min_time",
                                                           "benchmark_repetitions",
                                                           "benchmark_enable_random_interleaving",
                                                           "benchmark_report_aggregates_only",
                                                           "benchmark_display_aggregates_only",
                                                           "benchmark_format",
                                                           "benchmark_out",
                                                           "benchmark_out_format",
                                                           "benchmark_color",
                                                           "benchmark_counters_tabular",
                                                           "benchmark_perf_counters",
                                                           "benchmark_context",
                                                           "benchmark_time_unit",
                                                           "v"};

std::optional<std::string> ValueOf(const std::string& argument, std::string_view name) {
  if (!StartsFlag(argument, name)) return std::nullopt;
  const auto equals = argument.find('=');
  return equals == std::string::npos ? "" : argument.substr(equals + 1);
}

// Its third one, csv, ends the program where two benchmarks have different counters, as ours have.
void CheckFormat(const std::string& value, std::string_view flag) {
  if (value != "console" && value != "json") {
    throw UsageError(fmt::format("--{} must be console or json, not '{}'", flag, value));
  }
}

}  // namespace

const char* const kBenchmarkHelp = R"(
Google Benchmark's flags (those that matter here):
  --benchmark_filter=<regex>            which benchmarks; a leading '-' means all but these. The Fleet
                                        benchmarks take minutes: they run only where it names Fleet or
                                        one of them
  --benchmark_repetitions=<n>           launches of each benchmark (default 3)
  --benchmark_list_tests                print the names that match and end; makes no network call
  --benchmark_format=<console|json>     what is printed
  --benchmark_out=<file>                where the results go (default: a file in --results_dir)
  --benchmark_out_format=<json|console>
  --benchmark_report_aggregates_only, --benchmark_display_aggregates_only, --benchmark_context=<key>=<value>,...

Exit status: 0 all measured, 1 some launch failed, 2 wrong usage or set-up, 130 interrupted (after cleaning up).
)";

bool IsBenchmarkFlag(std::string_view argument) {
  return std::ranges::any_of(kBenchmarkFlags,
                             [&](std::string_view name) { return StartsFlag(argument, name); });
}

// "Fleet", or a variant without it ("ManagedQueue"; of "WorkersPerInstance:2" what is before the
// colon).
bool NamesFleet(const std::string& filter) {
  if (filter.starts_with('-')) return false;
  if (filter.find("Fleet") != std::string::npos) return true;
  return std::ranges::any_of(fixtures::fleet::VariantNames(), [&](const std::string& variant) {
    return filter.find(variant.substr(0, variant.find(':'))) != std::string::npos;
  });
}

void ReadBenchmarkFlag(const std::string& argument, CommandLine& line) {
  line.benchmark_arguments.push_back(argument);
  if (const auto value = ValueOf(argument, "benchmark_list_tests")) {
    line.list_tests = value->empty() || *value == "true" || *value == "1" || *value == "yes";
  } else if (const auto filter = ValueOf(argument, "benchmark_filter")) {
    line.wants_fleet = NamesFleet(*filter);
  } else if (const auto count = ValueOf(argument, "benchmark_repetitions")) {
    line.repetitions = PositiveCount(*count, "--benchmark_repetitions", kMostRepetitions);
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
  } else if (const auto out = ValueOf(argument, "benchmark_out")) {
    if (out->empty()) throw UsageError("--benchmark_out wants a file: --benchmark_out=FILE");
    line.out = *out;
  }
}

}  // namespace suites
