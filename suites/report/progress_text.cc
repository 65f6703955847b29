#include "suites/report/progress_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace suites {
namespace {

// Room to leave after the names of techniques in preparation: ", 0.034 USD".
constexpr std::size_t kRoomForOthers = 14;

std::string MinutesAndSeconds(std::chrono::seconds elapsed) {
  return fmt::format("{}:{:02}", elapsed.count() / 60, elapsed.count() % 60);
}

// Rounded, because it is an estimate.
std::string About(std::chrono::seconds left) {
  constexpr std::chrono::seconds kMinute{60};
  if (left < 2 * kMinute) return fmt::format("about {} s left", (left.count() + 4) / 5 * 5);
  return fmt::format("about {} min left", (left.count() + 30) / 60);
}

// Names as many techniques as fit.
std::string Preparing(const std::vector<std::string>& techniques, std::size_t width) {
  std::string best;
  std::string names;
  for (std::size_t i = 0; i < techniques.size(); ++i) {
    names += (i == 0 ? "" : ", ") + techniques[i];
    const std::size_t more = techniques.size() - i - 1;
    std::string text = "preparing " + names;
    if (more > 0) text += fmt::format(" and {} more", more);
    if (text.size() > width) break;
    best = std::move(text);
  }
  return best.empty() ? fmt::format("preparing {}", techniques.size()) : best;
}

// A technique without a finished launch counts like the average of the others.
double Weight(const TechniqueWork& work, double mean_of_all, int concurrency) {
  if (work.mean_ms <= 0) return mean_of_all / concurrency;
  return work.exclusive ? work.mean_ms : work.mean_ms / concurrency;
}

}  // namespace

std::string DescribeProgress(const ProgressState& state, std::size_t width) {
  std::string text = MinutesAndSeconds(state.elapsed);
  const auto add = [&](const std::string& more, std::string_view before = ", ") {
    if (text.size() + before.size() + more.size() <= width) text.append(before).append(more);
  };
  add(fmt::format("{} of {} launches", state.finished, state.total), "  ");
  if (state.failed > 0) add(fmt::format("{} failed", state.failed));
  if (!state.preparing.empty())
    add(Preparing(state.preparing, width - std::min(width, text.size() + kRoomForOthers)));
  if (state.left) add(About(*state.left));
  if (state.usd) add(fmt::format("{:.3f} USD", *state.usd));
  add(fmt::format("{} in flight", state.in_flight));
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
