// Feeds arbitrary bytes, as a guest's answer, to the reader of its story, and its lines, as answers
// of a dialogue, to the clock. Run by scripts/fuzz.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "fixtures/guest/guest_clock.h"
#include "fixtures/guest/guest_story.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fixtures::Clock;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const fixtures::GuestStory story = fixtures::ParseGuestStory(text);
  Require(story.boot_id.empty() || story.boot_id.size() == 36);
  Require(story.cloud_init.size() <= 4);
  for (const auto& stage : story.cloud_init) Require(!stage.ended || *stage.ended >= stage.started);

  std::vector<fixtures::ClockExchange> exchanges;
  std::istringstream lines(text);
  Clock::time_point now{std::chrono::hours(1)};
  for (std::string line; std::getline(lines, line) && exchanges.size() < 8;) {
    if (const auto uptime = fixtures::UptimeIn(line)) {
      Require(*uptime >= fixtures::GuestTime::zero());
      exchanges.push_back({now, now + std::chrono::milliseconds(1), *uptime});
      now += std::chrono::milliseconds(5);
    }
  }
  const auto clock = fixtures::GuestClock::From(exchanges, story.time_daemon);
  if (!clock) return 0;
  for (const auto& at : {story.kernel, story.userspace, story.finished, story.network, story.sshd,
                         story.time_daemon}) {
    if (!at) continue;
    const auto mapped = clock->Map(*at);
    Require(mapped.earliest <= mapped.latest);
  }
  return 0;
}
