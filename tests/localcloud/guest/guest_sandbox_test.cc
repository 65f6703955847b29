#include "localcloud/guest/guest_sandbox.h"

#include <event2/event.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "localcloud/guest/image_tree.h"
#include "localcloud/guest/sandbox_available.h"
#include "localcloud/loop/temporary_directory.h"
#include "tests/localcloud/test_loop.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using std::chrono::microseconds;

class GuestSandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    CreateBaseImage(tree());
    std::string why;
    if (!SandboxAvailable(tree(), &why)) GTEST_SKIP() << why;
  }
  std::string tree() const { return directory_.path() + "/tree"; }

  // Returns the processes that were started for this test's tree, in sandboxes or for them.
  int Processes() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "cmdline", std::ios::binary);
      std::ostringstream command;
      command << file.rdbuf();  // on a read error (the process has ended) the text is just shorter
      count += command.str().find(tree()) != std::string::npos ? 1 : 0;
    }
    return count;
  }
  void ExpectAllEnd() const {
    test_support::WaitUntil("the end of all processes", [&] { return Processes() == 0; });
  }

  // Kills bubblewrap as soon as it has a child. Waits a little longer in each round, and spins
  // until then: a pause between two looks would be too long.
  static void KillBubblewrap(int round) {
    const std::string own = "/proc/self/task/" + std::to_string(gettid()) + "/children";
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < give_up) {
      std::ifstream children(own);
      for (pid_t child; children >> child;) {
        const std::string process = "/proc/" + std::to_string(child);
        std::string name;
        std::ifstream(process + "/comm") >> name;
        pid_t first = 0;
        if (name != "bwrap" ||
            !(std::ifstream(process + "/task/" + std::to_string(child) + "/children") >> first))
          continue;
        std::this_thread::sleep_for(microseconds(20 * round));
        kill(child, SIGKILL);
        return;
      }
    }
    ADD_FAILURE() << "no bubblewrap came";
  }

  // A process that starts a sandbox and continues until it is killed.
  pid_t StartOwner() const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    const TestLoop loop;
    ChildReaper reaper(loop.base());
    const GuestSandbox sandbox({loop.base(), &reaper, tree(), "guest", "boot"}, [] {});
    event_base_loop(loop.base(), EVLOOP_NO_EXIT_ON_EMPTY);
    _exit(0);
  }

  const TemporaryDirectory directory_;
};

TEST_F(GuestSandboxTest, NothingIsLeftWhereBubblewrapIsKilledWhileItSetsUp) {
  const TestLoop loop;
  ChildReaper reaper(loop.base());
  int failed = 0;
  for (int round = 0; round < 40; ++round) {
    bool changed = false;
    const GuestSandbox sandbox({loop.base(), &reaper, tree(), "guest", "boot"}, [&] {
      changed = true;
      event_base_loopbreak(loop.base());
    });
    KillBubblewrap(round);
    const timeval patience{20, 0};
    event_base_loopexit(loop.base(), &patience);
    while (!changed && event_base_got_exit(loop.base()) == 0)
      event_base_loop(loop.base(), EVLOOP_ONCE);
    failed += sandbox.state() == GuestSandbox::State::kFailed ? 1 : 0;
  }
  EXPECT_GT(failed, 0) << "never killed early enough";
  ExpectAllEnd();
}

TEST_F(GuestSandboxTest, EndsWithItsOwnerHoweverEarlyThatIsKilled) {
  for (int round = 0; round < 40; ++round) {
    const pid_t owner = StartOwner();
    std::this_thread::sleep_for(microseconds(500 * round));  // a little later in each round
    kill(owner, SIGKILL);
    ASSERT_EQ(waitpid(owner, nullptr, 0), owner);
  }
  ExpectAllEnd();
}

TEST_F(GuestSandboxTest, EndsWithItsObjectThoughItHasNotStarted) {
  const TestLoop loop;
  ChildReaper reaper(loop.base());
  for (int round = 0; round < 20; ++round) {
    const GuestSandbox sandbox({loop.base(), &reaper, tree(), "guest", "boot"}, [] {});
    std::this_thread::sleep_for(microseconds(500 * round));  // a little later in each round
  }
  test_support::WaitUntil("the end of all processes", [&] {
    event_base_loop(loop.base(), EVLOOP_NONBLOCK);  // runs the reaper
    return Processes() == 0;
  });
}

}  // namespace
}  // namespace localcloud
