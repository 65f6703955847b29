// One turn of the prober with 1,000 targets whose ports are closed, each due for a SYN, beside the
// system calls of 1,000 refused SYNs alone.
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "aws/unique_fd.h"
#include "bench/measure.h"
#include "fixtures/ssh/descriptor_limit.h"
#include "fixtures/ssh/socket_poller.h"
#include "fixtures/ssh/ssh_key.h"
#include "fixtures/ssh/ssh_probe.h"
#include "fixtures/ssh/ssh_prober.h"
#include "tests/support/test_port.h"

namespace bench {
namespace {

constexpr std::size_t kTargets = 1000;

void ProbeTick(benchmark::State& state) {
  // Some SYNs wait for the end of the turn, each with its descriptor.
  if (fixtures::RaiseDescriptorLimit() < 2 * kTargets)
    throw std::runtime_error("this process may not have enough open files (ulimit -n)");
  const test_support::TestPort closed;
  fixtures::SocketPoller poller;
  fixtures::SshTarget target;
  target.address = "127.0.0.1";
  target.port = closed.port();
  target.user = "ec2-user";
  target.key = fixtures::SshKey::Generate();
  // Every target is always due: no interval, and more flows than it can use.
  const fixtures::SshProbe::Pace pace{std::chrono::nanoseconds(0), 1'000'000};
  std::vector<std::unique_ptr<fixtures::SshProbe>> probes;
  for (std::size_t i = 0; i < kTargets; ++i) {
    probes.push_back(std::make_unique<fixtures::SshProbe>(&poller, static_cast<std::uint32_t>(i),
                                                          target, fixtures::SshProberOptions{}));
    probes.back()->Start(pace);
  }
  // Returns false if none was left.
  const auto handle_answers = [&] {
    const auto& events = poller.Wait(fixtures::Clock::now());
    for (const auto& event : events) probes.at(event.tag)->OnEvent(event.fd, pace);
    return !events.empty();
  };
  Measure(state, [&] {
    for (const auto& probe : probes) probe->OnTimer(pace);
    while (handle_answers()) {
    }
  });
  for (const auto& probe : probes) {
    if (!probe->sends_syns()) throw std::runtime_error("a probe of a closed port has ended");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kTargets));
}
BENCHMARK(ProbeTick)->Name("Probe/Tick")->Unit(benchmark::kMillisecond);

void ProbeTickFloor(benchmark::State& state) {
  const test_support::TestPort closed;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(closed.port());
  Measure(state, [&] {
    for (std::size_t i = 0; i < kTargets; ++i) {
      const aws::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        throw std::runtime_error("a closed port has answered");
    }
  });
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kTargets));
}
BENCHMARK(ProbeTickFloor)->Name("Probe/Floor")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bench
