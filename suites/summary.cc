#include "suites/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <ostream>
#include <string>

#include "suites/message.h"

namespace suites {
namespace {

using fixtures::Phase;
using fixtures::Sample;
using fixtures::ToMilliseconds;

// The smallest value with at least the share `p` of the samples at or below it (nearest rank).
std::optional<double> Percentile(std::vector<double> values, double p) {
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size())));
  if (values.size() - rank < kSamplesBeyondPercentile) return std::nullopt;
  return values[rank - 1];
}

struct Technique {
  std::string name;
  std::vector<const Sample*> succeeded;
  int failed = 0;
  int interrupted = 0;
  int unverified = 0;  // of those that succeeded
};

bool Unverified(const Sample& sample) {
  const auto host = sample.notes.find("host");
  return host != sample.notes.end() && host->second == "unverified";
}

std::vector<Technique> Group(std::span<const Sample> samples) {
  std::vector<Technique> techniques;
  for (const Sample& sample : samples) {
    auto it = std::ranges::find(techniques, sample.benchmark, &Technique::name);
    if (it == techniques.end())
      it = techniques.insert(techniques.end(), {sample.benchmark, {}, 0, 0, 0});
    if (sample.ok) {
      it->succeeded.push_back(&sample);
      it->unverified += Unverified(sample) ? 1 : 0;
    } else {
      ++(sample.interrupted ? it->interrupted : it->failed);
    }
  }
  return techniques;
}

void PrintRow(std::ostream& out, const std::string& name, const std::vector<double>& values,
              std::optional<double> resolution, bool percentiles) {
  const Statistics statistics = Describe(values);
  std::string row = fmt::format(
      "  {:<26}{:>12.1f}{:>12.1f}{:>12.1f}{:>12}{:>5}", name, statistics.median, statistics.minimum,
      statistics.maximum, resolution ? fmt::format("{:.1f}", *resolution) : "", statistics.count);
  if (percentiles) {
    for (const double p : {0.9, 0.99}) {
      if (const auto value = Percentile(values, p))
        row += fmt::format("   p{:.0f} {:.1f}", p * 100, *value);
    }
  }
  PrintLine(out, row);
}

void PrintTechnique(std::ostream& out, const Technique& technique) {
  std::string name = technique.name;
  if (technique.failed > 0) name += fmt::format("  ({} failed)", technique.failed);
  if (technique.interrupted > 0) name += fmt::format("  ({} interrupted)", technique.interrupted);
  if (technique.unverified > 0) name += fmt::format("  ({} unverified)", technique.unverified);
  PrintLine(out, name);
  if (technique.succeeded.empty()) return;

  std::vector<double> totals;
  for (const Sample* sample : technique.succeeded)
    totals.push_back(ToMilliseconds(sample->timeline->total()));
  PrintRow(out, "total", totals, std::nullopt, true);
  for (const Phase& phase : technique.succeeded.front()->timeline->phases()) {
    std::vector<double> durations;
    double worst_resolution = 0;
    for (const Sample* sample : technique.succeeded) {
      const Phase* same = sample->timeline->find(phase.name);
      if (same == nullptr) continue;
      durations.push_back(ToMilliseconds(same->duration));
      worst_resolution = std::max(worst_resolution, ToMilliseconds(same->resolution));
    }
    PrintRow(out, "  " + phase.name, durations,
             phase.polled ? std::optional(worst_resolution) : std::nullopt, false);
  }
}

}  // namespace

Statistics Describe(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t n = values.size();
  return {.count = static_cast<int>(n),
          .median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2,
          .minimum = values.front(),
          .maximum = values.back()};
}

void PrintSummary(std::ostream& out, std::span<const Sample> samples) {
  if (samples.empty()) {
    out << "Nothing was measured.\n";
    return;
  }
  out << fmt::format("{:<28}{:>12}{:>12}{:>12}{:>12}{:>5}\n", "Summary (ms)", "median", "min",
                     "max", "resolution", "n");
  for (const Technique& technique : Group(samples)) PrintTechnique(out, technique);
  out << "resolution: the mark that ends a phase was found by polling, and lies at most this much "
         "earlier (worst launch).\n";
}

}  // namespace suites
