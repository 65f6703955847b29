#include "suites/run/local_cloud_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "aws/child_program.h"
#include "suites/report/message.h"

namespace suites {
namespace {

constexpr std::chrono::seconds kStartTimeout{20};
constexpr std::chrono::seconds kEndTimeout{5};

std::string ProgramPath() {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "localcloud";
  if (!std::filesystem::exists(path)) {
    throw std::runtime_error(
        fmt::format("{} is not there: build with LAUNCH_BENCH_LOCALCLOUD=ON, or use --cloud=aws",
                    path.string()));
  }
  return path.string();
}

std::vector<std::string> Arguments(const std::string& program, const LocalCloudSettings& settings) {
  std::vector<std::string> arguments{program,
                                     "serve",
                                     "--exit_with_parent",
                                     "--profile=" + settings.profile,
                                     fmt::format("--time_scale={}", settings.time_scale),
                                     fmt::format("--seed={}", settings.seed)};
  if (settings.ssh_port != 0) arguments.push_back(fmt::format("--ssh_port={}", settings.ssh_port));
  if (!settings.round_trip.empty()) arguments.push_back("--rtt=" + settings.round_trip);
  return arguments;
}

// The environment variables that the local cloud gets. None holds a credential, because the local
// cloud runs commands of guests. A name with a final '*' stands for all names that begin like it.
constexpr std::array kPassedVariables = std::to_array<std::string_view>(
    {"PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_*", "XDG_RUNTIME_DIR", "ASAN_OPTIONS",
     "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE"});

bool IsPassed(std::string_view name) {
  return std::ranges::any_of(kPassedVariables, [&](std::string_view passed) {
    if (!passed.ends_with('*')) return name == passed;
    passed.remove_suffix(1);
    return name.starts_with(passed);
  });
}

std::vector<char*> PassedEnvironment() {
  std::vector<char*> passed;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (IsPassed(text.substr(0, text.find('=')))) passed.push_back(*entry);
  }
  passed.push_back(nullptr);
  return passed;
}

pid_t Spawn(const std::string& program, const LocalCloudSettings& settings, int output) {
  std::vector<std::string> arguments = Arguments(program, settings);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  // This process blocks signals; the child must receive SIGTERM.
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(),
                                PassedEnvironment().data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "starting " + program);
  return pid;
}

}  // namespace

LocalCloudProcess::LocalCloudProcess(const LocalCloudSettings& settings) {
  const std::string program = ProgramPath();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  output_ = ends[0];
  try {
    pid_ = Spawn(program, settings, ends[1]);
    close(ends[1]);
  } catch (...) {
    close(ends[0]);
    close(ends[1]);
    throw;
  }
  try {
    process_ = aws::UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (!process_)
      throw std::system_error(errno, std::generic_category(), "watching the local cloud");
    ReadGreeting();
  } catch (...) {
    End();
    throw;
  }
}

LocalCloudProcess::~LocalCloudProcess() { End(); }

void LocalCloudProcess::ThrowNoGreeting() const {
  pollfd process{.fd = process_.get(), .events = POLLIN, .revents = 0};
  const bool ended = poll(&process, 1, 1000 * static_cast<int>(kEndTimeout.count())) > 0;
  const std::string death = ended ? DescribeDeath() : "";
  // Otherwise the process has printed the reason to the shared stderr, in one line.
  throw std::runtime_error(
      death.starts_with("killed") ? "the local cloud did not start: it was " + death : "");
}

void LocalCloudProcess::ReadGreeting() {
  std::string line;
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  while (line.find('\n') == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd ready{.fd = output_, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) == 0) {
      throw std::runtime_error("the local cloud did not start within 20 s");
    }
    char buffer[1024];
    const ssize_t count = read(output_, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) ThrowNoGreeting();
    line.append(buffer, static_cast<std::size_t>(count));
  }
  const auto greeting = nlohmann::json::parse(line);
  endpoint_url_ = greeting.at("endpoint_url");
  region_ = greeting.at("region");
  access_key_id_ = greeting.at("access_key_id");
  secret_access_key_ = greeting.at("secret_access_key");
  ssh_port_ = greeting.at("ssh_port");
}

void LocalCloudProcess::OnDeath(std::function<void()> action) {
  watcher_ = std::jthread([this, action = std::move(action)](const std::stop_token& ending) {
    if (!WaitForDeath(ending)) return;
    Say(fmt::format(
        "launch_bench: the local cloud has died: {}; launches in flight are not results",
        DescribeDeath()));
    died_ = true;
    action();
  });
}

std::string LocalCloudProcess::DescribeDeath() const {
  siginfo_t end{};
  waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOWAIT);  // End() reaps it
  if (end.si_code == CLD_EXITED) return fmt::format("exit status {}", end.si_status);
  return "killed by " + aws::SignalName(end.si_status);
}

bool LocalCloudProcess::WaitForDeath(const std::stop_token& ending) const {
  const aws::UniqueFd wake(eventfd(0, EFD_CLOEXEC));
  const std::stop_callback on_end(ending, [&] { eventfd_write(wake.get(), 1); });
  std::array<pollfd, 2> sources{pollfd{process_.get(), POLLIN, 0}, pollfd{wake.get(), POLLIN, 0}};
  while (poll(sources.data(), sources.size(), -1) < 0 && errno == EINTR) {
  }
  return !ending.stop_requested();
}

void LocalCloudProcess::End() {
  watcher_ = std::jthread();  // from here on the end of the process is intended
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    const auto deadline = std::chrono::steady_clock::now() + kEndTimeout;
    while (waitpid(pid_, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() >= deadline) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  pid_ = -1;
  if (output_ >= 0) close(output_);
  output_ = -1;
}

}  // namespace suites
