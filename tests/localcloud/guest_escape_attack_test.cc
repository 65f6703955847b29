// A guest tries to reach the host through the processes that the local cloud starts in it.
#include <event2/event.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "localcloud/guest/guest_sandbox.h"
#include "localcloud/guest/image_tree.h"
#include "localcloud/guest/sandbox_available.h"
#include "localcloud/loop/temporary_directory.h"
#include "localcloud/loop/uuid.h"
#include "tests/localcloud/test_loop.h"
#include "tests/support/build_paths.h"
#include "tests/support/local_cloud.h"
#include "tests/support/sanitizer.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

constexpr char kAttacker[] = "/home/ec2-user/guest_attacker";

std::string Reversed(std::string text) {
  std::reverse(text.begin(), text.end());
  return text;
}

// Returns the number after "name=" in the attacker's report.
int Count(const std::string& report, const std::string& name) {
  const auto at = report.find(name + "=");
  if (at == std::string::npos) throw std::runtime_error("no " + name + " in: " + report);
  return std::stoi(report.substr(at + name.size() + 1));
}

// pidfds.
std::vector<OwnedFd> ChildrenOf(pid_t parent) {
  std::vector<OwnedFd> children;
  const std::string number = std::to_string(parent);
  std::ifstream file("/proc/" + number + "/task/" + number + "/children");
  for (pid_t child = 0; file >> child;)
    children.emplace_back(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  return children;
}

// Waits for processes that a killed cloud has left to this process (ChildReaper), as a system's
// first process would. Until then, the first process of a sandbox remains. Blocks until `pidfd` has
// ended.
void ReapOrphansUntilTheEndOf(int pidfd) {
  test_support::WaitUntil("the end of a process", [&] {
    while (waitpid(-1, nullptr, WNOHANG | __WALL) > 0) {
    }
    pollfd end{pidfd, POLLIN, 0};
    return poll(&end, 1, 0) == 1;
  });
}

// Returns all writable memory of a process, including its environment.
std::string MemoryOf(pid_t process) {
  const std::string directory = "/proc/" + std::to_string(process);
  const OwnedFd memory(open((directory + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  std::ifstream maps(directory + "/maps");
  std::string all;
  for (std::string line; std::getline(maps, line);) {
    std::size_t dash = 0;
    const std::size_t from = std::stoull(line, &dash, 16);
    const std::size_t to = std::stoull(line.substr(dash + 1), nullptr, 16);
    if (line.find(" rw") == std::string::npos) continue;
    std::string part(to - from, 0);
    const ssize_t n = pread(memory.get(), part.data(), part.size(), static_cast<off_t>(from));
    if (n > 0) all.append(part, 0, static_cast<std::size_t>(n));
  }
  return all;
}

// A program in a guest, connected by pipes. The destructor kills it.
struct Program {
  GuestProcess process;
  OwnedFd input;
  OwnedFd output;

  Program() = default;
  Program(Program&&) = default;
  ~Program() {
    if (process.pidfd) End();
  }

  // Returns true if it ended within a generous time; otherwise kills it.
  bool Wait() {
    pollfd end{process.pidfd.get(), POLLIN, 0};
    const bool ended = poll(&end, 1, 30'000) == 1;
    End();
    return ended;
  }
  void End() {
    kill(process.pid, SIGKILL);
    waitpid(process.pid, nullptr, __WALL);
    process.pidfd.Close();
  }
  // Returns its output up to `last` or its end.
  std::string Read(const std::string& last = "") {
    std::string text;
    char chunk[4096];
    pollfd readable{output.get(), POLLIN, 0};
    while (last.empty() || text.find(last) == std::string::npos) {
      if (poll(&readable, 1, 30'000) != 1) throw std::runtime_error("silent after: " + text);
      const ssize_t n = read(output.get(), chunk, sizeof chunk);
      if (n <= 0) break;
      text.append(chunk, static_cast<std::size_t>(n));
    }
    return text;
  }
};

// A booted guest with the hostile program. This process is its cloud.
class Guest {
 public:
  explicit Guest(const std::string& tree) : reaper_(loop_.base()) {
    sandbox_ = std::make_unique<GuestSandbox>(
        GuestSandbox::Options{loop_.base(), &reaper_, tree, "guest", NewUuid()},
        [this] { event_base_loopbreak(loop_.base()); });
    event_base_dispatch(loop_.base());
  }

  const GuestSandbox& sandbox() const { return *sandbox_; }

  Program Start(std::vector<std::string> arguments) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    const OwnedFd guests_in(in[0]);
    const OwnedFd guests_out(out[1]);
    Program program;
    program.input = OwnedFd(in[1]);
    program.output = OwnedFd(out[0]);
    GuestExec exec;
    exec.arguments = std::move(arguments);
    exec.environment = {kGuestPath};
    exec.in = guests_in.get();
    exec.out = exec.err = guests_out.get();
    program.process = sandbox_->Run(exec);
    return program;
  }
  std::string Output(std::vector<std::string> arguments) {
    Program program = Start(std::move(arguments));
    program.input.Close();
    std::string output = program.Read();
    program.Wait();
    return output;
  }

 private:
  TestLoop loop_;
  ChildReaper reaper_;
  std::unique_ptr<GuestSandbox> sandbox_;
};

class GuestEscapeAttack : public ::testing::Test {
 protected:
  void SetUp() override {
    CreateBaseImage(tree());
    fs::copy_file(test_support::ProgramPath("guest_attacker"), tree() + kAttacker);
    std::string why;
    ASSERT_TRUE(SandboxAvailable(tree(), &why)) << why;
  }
  std::string tree() const { return directory_.path() + "/tree"; }

  // Starts commands in a guest whose hostile program attacks every new process in the way `how`.
  // Returns its report.
  std::string Hunt(const std::string& how, const std::string& shell) {
    constexpr int kStarts = 300;
    const std::string own = "own-" + NewUuid();
    Guest guest(tree());
    EXPECT_EQ(guest.sandbox().failure(), "");
    Program attacker = guest.Start({kAttacker, how, Reversed(secret_), Reversed(own)});
    EXPECT_NE(attacker.Read("hunting"), "");
    int ended = 0;
    for (int i = 0; i < kStarts; ++i) {
      // The shell forks, so this is a process of the guest itself, with `own` in its memory.
      ended += guest.Start({shell, "-c", "/usr/bin/true " + own + "; :"}).Wait() ? 1 : 0;
    }
    attacker.input.Close();
    const std::string report = attacker.Read();
    EXPECT_TRUE(attacker.Wait());
    std::printf("%s of %d starts (%d ended): %s", how.c_str(), kStarts, ended, report.c_str());
    return report;
  }
  void ExpectNothingOfTheHost(const std::string& report) {
    EXPECT_EQ(Count(report, "secrets"), 0);
    EXPECT_EQ(Count(report, "foreign"), 0);
    EXPECT_EQ(Count(report, "host_files"), 0);
  }

  const TemporaryDirectory directory_;
  // In this process's memory, like the cloud's keys.
  const std::string secret_ = "secret-" + NewUuid();
};

TEST_F(GuestEscapeAttack, StoppingNewProcessesShowsNothingOfTheCloud) {
  const std::string report = Hunt("stop", "/usr/bin/sh");
  ExpectNothingOfTheHost(report);
  EXPECT_GT(Count(report, "own"), 0) << "the attack itself does not work";
}

TEST_F(GuestEscapeAttack, TracingNewProcessesShowsNothingOfTheCloud) {
  const std::string report = Hunt("trace", "/usr/bin/sh");
  ExpectNothingOfTheHost(report);
  EXPECT_GT(Count(report, "own"), 0) << "the attack itself does not work";
}

// The guest must not get hold of the program that starts its processes (CVE-2019-5736).
TEST_F(GuestEscapeAttack, AShellThatIsItsStartersProgramCannotChangeIt) {
  fs::remove(tree() + "/bin");
  fs::create_directory(tree() + "/bin");
  std::ofstream(tree() + "/bin/sh") << "#!/proc/self/exe\n";
  fs::permissions(tree() + "/bin/sh", fs::perms(0755));
  ExpectNothingOfTheHost(Hunt("stop", "/bin/sh"));
}

TEST_F(GuestEscapeAttack, UsesNothingThatNoNamespaceDivides) {
  Guest guest(tree());
  const std::string families = guest.Output({kAttacker, "families"});
  for (const char* allowed : {"unix", "inet", "inet6", "netlink"})
    EXPECT_NE(families.find(std::string(allowed) + ": works\n"), std::string::npos) << families;
  for (const char* refused : {"\nvsock", "alg", "disguised vsock"}) {
    EXPECT_NE(families.find(std::string(refused) + ": Address family not supported"),
              std::string::npos)
        << families;
  }
  for (const char* refused : {"keyctl", "add_key", "request_key", "io_uring"}) {
    EXPECT_NE(families.find(std::string(refused) + ": Function not implemented"), std::string::npos)
        << families;
  }
  const std::string keys = guest.Output({"/usr/bin/cat", "/proc/keys", "/etc/hostname"});
  EXPECT_EQ(keys.find("keyring"), std::string::npos) << keys;
}

// Attacks the first process of the sandbox, which ends it.
TEST_F(GuestEscapeAttack, EndsWithTheCloudThoughItHoldsItsFirstProcess) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t cloud = fork();
  if (cloud == 0) {
    Guest guest(tree());
    Program attacker = guest.Start({kAttacker, "hold"});
    const std::string said = attacker.Read("holding\n");
    (void)!write(ends[1], said.data(), said.size());
    pause();
  }
  close(ends[1]);
  Program report;
  report.output = OwnedFd(ends[0]);
  const std::string said = report.Read("holding\n");
  EXPECT_NE(said.find("pipe: Permission denied"), std::string::npos) << said;
  EXPECT_NE(said.find("trace: Operation not permitted"), std::string::npos) << said;
  const std::vector<OwnedFd> children = ChildrenOf(cloud);
  EXPECT_EQ(children.size(), 3u) << "launcher, bubblewrap, the hostile program";
  kill(cloud, SIGKILL);
  waitpid(cloud, nullptr, 0);
  for (const OwnedFd& child : children) ReapOrphansUntilTheEndOf(child.get());
}

TEST_F(GuestEscapeAttack, CannotHangTheCloudByStoppingWhatFreezesIt) {
  alarm(240);  // the test is that this does not wait forever
  Guest guest(tree());
  Program attacker = guest.Start({kAttacker, "pin"});
  EXPECT_NE(attacker.Read("pinning"), "");
  for (int i = 0; i < 20; ++i) {
    try {
      guest.sandbox().Freeze();
      guest.sandbox().Thaw();
    } catch (const std::runtime_error&) {  // the attacker prevented it
    }
  }
  alarm(0);
}

// Bubblewrap would follow the link on the host.
TEST_F(GuestEscapeAttack, ALinkInAnImageLeadsNowhere) {
  const std::string outside = directory_.path() + "/outside";
  fs::create_directories(outside + "/of");
  std::ofstream(outside + "/secret") << secret_;
  for (const std::string path :
       {"/etc", "/etc/alternatives", "/usr/local", "/usr", "/dev", "/proc"}) {
    for (const std::string prefix : {"", "/oldroot"}) {
      const std::string spoilt = directory_.path() + "/spoilt";
      fs::copy(tree(), spoilt, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
      fs::remove_all(spoilt + path);
      fs::create_symlink(prefix + outside, spoilt + path);
      try {
        Guest guest(spoilt);
        // The read may fail, but must not show the host's content.
        if (guest.sandbox().state() == GuestSandbox::State::kReady) {
          EXPECT_EQ(guest.Output({"/bin/cat", path + "/secret"}).find(secret_), std::string::npos)
              << path;
        }
        ADD_FAILURE() << path << ": the sandbox was made: " << guest.sandbox().failure();
      } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("symbolic link"), std::string::npos)
            << error.what();
      }
      const auto files = std::distance(fs::directory_iterator(outside), fs::directory_iterator());
      EXPECT_EQ(files, 2) << "made on the host through " << path;
      fs::remove_all(spoilt);
    }
  }
}

// The caller's keys for AWS, in the environment.
TEST(CallersCredentialsAttack, AreNotInTheMemoryOfTheCloud) {
  if (test_support::kUnderSanitizer) GTEST_SKIP() << "a sanitizer keeps the environment for itself";
  const std::string secret = "secret-" + NewUuid();
  const std::string control = "control-" + NewUuid();
  setenv("AWS_SECRET_ACCESS_KEY", secret.c_str(), 1);
  setenv("NOT_AWS", control.c_str(), 1);
  test_support::LocalCloud cloud(test_support::ProgramPath("localcloud"), {});
  unsetenv("AWS_SECRET_ACCESS_KEY");
  unsetenv("NOT_AWS");
  const std::string memory = MemoryOf(cloud.pid());
  EXPECT_NE(memory.find(control), std::string::npos) << "the search itself does not work";
  EXPECT_EQ(memory.find(secret), std::string::npos);
}

}  // namespace
}  // namespace localcloud
