#include "suites/private_network.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "aws/child_program.h"
#include "suites/run/guest_image.h"

namespace suites {
namespace {

// Holds the id of the process that is in its private network. A child process that inherits it has
// another id.
constexpr char kMarker[] = "LAUNCH_BENCH_PRIVATE_NETWORK";
constexpr char kUnshare[] = "unshare";
constexpr std::chrono::seconds kTrialTimeout{20};

using Words = std::vector<std::string>;

// No proxy can be reached from there.
void ForgetProxies() {
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"})
    unsetenv(name);
}

// Returns what unshare(1) prints if it refuses `flags`; an empty text if it does not.
std::string WhyRefused(const Words& flags, const Interrupt& interrupt) {
  Words trial{kUnshare};
  trial.insert(trial.end(), flags.begin(), flags.end());
  trial.emplace_back("true");
  aws::ChildProgram program(trial);
  const auto outcome = program.Wait(aws::Clock::now() + kTrialTimeout, interrupt.token());
  if (interrupt.requested()) throw std::runtime_error("nothing was started");
  if (outcome.end == aws::ChildOutcome::End::kByItself && outcome.status == 0) return "";
  const std::string line = outcome.errors.substr(0, outcome.errors.find('\n'));
  return line.empty() ? "unshare " + aws::DescribeEnd(outcome) : line;
}

// Returns flags that unshare(1) accepts here. Root may lack the right in a container.
Words FlagsOfUnshare(const Interrupt& interrupt) {
  if (!aws::IsOnPath(kUnshare)) {
    throw std::runtime_error(
        "--cloud=qemu needs the program unshare; install the package util-linux");
  }
  std::string why;
  for (const Words& flags : {Words{"--net"}, Words{"--user", "--map-root-user", "--net"}}) {
    why = WhyRefused(flags, interrupt);
    if (why.empty()) return flags;
  }
  throw std::runtime_error(
      fmt::format("--cloud=qemu needs a network namespace of its own, and this host refuses one "
                  "({}); run it as "
                  "root, or allow user namespaces (sysctl user.max_user_namespaces, "
                  "kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)",
                  why));
}

// Returns the path of this program, as the user wrote it if that is a path.
std::string OwnPath(const std::string& written) {
  const std::string path = std::filesystem::read_symlink("/proc/self/exe");
  std::error_code error;
  const bool is_same =
      written.find('/') != std::string::npos && std::filesystem::equivalent(written, path, error);
  return is_same ? written : path;
}

}  // namespace

void EnterPrivateNetwork(const CommandLine& line, Interrupt* interrupt) {
  const std::string own_id = std::to_string(getpid());
  const char* const marker = std::getenv(kMarker);
  if (marker != nullptr && marker == own_id) {
    unsetenv(kMarker);
    ForgetProxies();
    return;
  }
  const Words flags = FlagsOfUnshare(*interrupt);
  PrepareGuestImage(line.local.qemu_image, interrupt->token());
  Words command{kUnshare};
  command.insert(command.end(), flags.begin(), flags.end());
  command.push_back(OwnPath(line.arguments.front()));
  command.insert(command.end(), line.arguments.begin() + 1, line.arguments.end());
  interrupt->LeavePending();
  if (interrupt->requested()) throw std::runtime_error("nothing was started");
  setenv(kMarker, own_id.c_str(), 1);
  execvp(kUnshare, aws::ExecPointers(&command).data());
  throw std::system_error(errno, std::generic_category(), "starting unshare");
}

}  // namespace suites
