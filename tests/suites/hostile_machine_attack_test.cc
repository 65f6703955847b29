// A whole run against machines whose SSH servers send bytes without end.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>

#include "aws/unique_fd.h"
#include "fixtures/timeline/timeline.h"
#include "tests/suites/launch_program.h"
#include "tests/support/hostile_server.h"
#include "tests/support/test_port.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using test_support::HostileServer;
using test_support::LocalCloud;

// Listens on all addresses of the loopback interface only, because the local cloud's machines have
// addresses there.
aws::UniqueFd ListenOnLoopback() {
  aws::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  if (setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) != 0 ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
      listen(fd.get(), 16) != 0) {
    throw std::system_error(errno, std::generic_category(), "no listener");
  }
  return fd;
}

class HostileMachineRunAttack : public LaunchProgramTest {};

TEST_F(HostileMachineRunAttack, TheFirstInterruptEndsTheRun) {
  const aws::UniqueFd listener = ListenOnLoopback();
  const HostileServer server(listener.get(), {.repeated = "no SSH here\r\n"});
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms"});
  auto run = Start({"--benchmark_filter=Cold", "--benchmark_repetitions=2",
                    "--endpoint_url=" + cloud.endpoint_url(),
                    "--ssh_port=" + std::to_string(test_support::PortOf(listener.get()))},
                   cloud.Environment());
  test_support::WaitUntil("a connection to a machine", [&] { return server.connections() > 0; });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // in the middle of the flood

  const auto interrupted = fixtures::Clock::now();
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(), 130) << run->errors();
  // It takes milliseconds and the clean-up; the launch timeout is minutes.
  EXPECT_LT(fixtures::Clock::now() - interrupted, std::chrono::seconds(30));
  EXPECT_THAT(cloud.Held(), testing::IsEmpty());
}

}  // namespace
}  // namespace suites
