#include "suites/run/unread_output.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>

#include "tests/suites/launch_program.h"
#include "tests/support/full_fifo.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using test_support::ChildProcess;
using test_support::LocalCloud;
using testing::HasSubstr;
using testing::IsEmpty;

class UnreadOutputTest : public LaunchProgramTest {
 protected:
  UnreadOutputTest() : cloud_(Program("localcloud"), {"--time_scale=0.1", "--rtt=0ms"}) {
    EXPECT_EQ(mkfifo(fifo().c_str(), 0600), 0);
  }

  std::string fifo() const { return directory_ / "fifo"; }
  // Starts a run with this redirection.
  std::unique_ptr<ChildProcess> Run(const std::string& redirection) const {
    auto environment = cloud_.Environment();
    environment["XDG_STATE_HOME"] = state_home();
    return std::make_unique<ChildProcess>(
        std::vector<std::string>{
            "sh", "-c",
            "exec " + Program("launch_bench") + " --benchmark_filter='^(Cold|WarmPool/Ssh)/'" +
                " --benchmark_repetitions=2 --benchmark_out=" + json_path() +
                " --endpoint_url=" + cloud_.endpoint_url() +
                " --ssh_port=" + std::to_string(cloud_.ssh_port()) + " " + redirection},
        environment);
  }

  const LocalCloud cloud_;
};

// As in "launch_bench | sleep 1000". The run blocks at the first line that it prints.
TEST_F(UnreadOutputTest, AnInterruptEndsTheRunAllTheSame) {
  const test_support::FullFifo full(fifo());
  const auto run = Run("> " + fifo());
  test_support::WaitUntil("a sample", [&] { return !Lines().empty(); });
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(std::chrono::seconds(60)), 130) << run->errors();
  EXPECT_THAT(run->errors(), HasSubstr("nobody reads standard output"));
  EXPECT_THAT(cloud_.Held(), IsEmpty());
  EXPECT_NO_THROW(Json());
}

// As in "launch_bench 2>&1 | sleep 1000".
TEST_F(UnreadOutputTest, AlsoIfItsMessagesAreNotRead) {
  const test_support::FullFifo full(fifo());
  const auto run = Run("> " + fifo() + " 2>&1");
  test_support::WaitUntil("a sample", [&] { return !Lines().empty(); });
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(std::chrono::seconds(60)), 130);
  EXPECT_THAT(cloud_.Held(), IsEmpty());
  EXPECT_NO_THROW(Json());
}

}  // namespace
}  // namespace suites
