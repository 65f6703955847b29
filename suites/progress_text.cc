#include "suites/progress_text.h"

#include <fmt/format.h>

namespace suites {
namespace {

constexpr std::size_t kMostNamed = 3;

std::string Clock(std::chrono::seconds elapsed) {
  return fmt::format("{}:{:02}", elapsed.count() / 60, elapsed.count() % 60);
}

// As exact as an estimate is.
std::string About(std::chrono::seconds left) {
  constexpr std::chrono::seconds kMinute{60};
  if (left < 2 * kMinute) return fmt::format("about {} s left", (left.count() + 4) / 5 * 5);
  return fmt::format("about {} min left", (left.count() + 30) / 60);
}

std::string Preparing(const std::vector<std::string>& techniques) {
  std::string text = "preparing ";
  for (std::size_t i = 0; i < techniques.size() && i < kMostNamed; ++i)
    text += (i == 0 ? "" : ", ") + techniques[i];
  if (techniques.size() > kMostNamed)
    text += fmt::format(" and {} more", techniques.size() - kMostNamed);
  return text;
}

double Weight(const TechniqueWork& work, double mean_of_all, int concurrency) {
  const double mean = work.mean_ms > 0 ? work.mean_ms : mean_of_all;
  return work.exclusive ? mean : mean / concurrency;
}

}  // namespace

std::string DescribeProgress(const ProgressState& state, std::size_t width) {
  std::vector<std::string> parts{fmt::format("{} of {} launches", state.finished, state.total)};
  if (state.failed > 0) parts.push_back(fmt::format("{} failed", state.failed));
  if (!state.preparing.empty()) parts.push_back(Preparing(state.preparing));
  if (state.left) parts.push_back(About(*state.left));
  if (state.usd) parts.push_back(fmt::format("{:.3f} USD", *state.usd));
  parts.push_back(fmt::format("{} in flight", state.in_flight));
  std::string text = Clock(state.elapsed);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string more = (i == 0 ? "  " : ", ") + parts[i];
    if (text.size() + more.size() <= width) text += more;
  }
  return text;
}

std::optional<std::chrono::seconds> EstimateLeft(const std::vector<TechniqueWork>& work,
                                                 int concurrency,
                                                 std::chrono::milliseconds measuring) {
  double sum_ms = 0;
  int finished = 0;
  for (const TechniqueWork& one : work) {
    sum_ms += one.mean_ms * one.finished;
    finished += one.finished;
  }
  if (finished == 0 || sum_ms <= 0) return std::nullopt;
  const double mean_of_all = sum_ms / finished;
  double done = 0;
  double left = 0;
  for (const TechniqueWork& one : work) {
    done += one.finished * Weight(one, mean_of_all, concurrency);
    left += one.left * Weight(one, mean_of_all, concurrency);
  }
  const std::chrono::duration<double> seconds = measuring;
  return std::chrono::seconds(static_cast<std::int64_t>(seconds.count() * left / done));
}

}  // namespace suites
