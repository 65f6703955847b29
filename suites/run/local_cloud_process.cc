#include "suites/run/local_cloud_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "aws/child_program.h"
#include "suites/report/message.h"
#include "suites/run/local_cloud_program.h"

namespace suites {
namespace {

constexpr std::chrono::seconds kStartTimeout{20};
constexpr std::chrono::seconds kEndTimeout{5};
// With virtual machines: their processes end, and their disks are removed.
constexpr std::chrono::seconds kQemuEndTimeout{30};

std::vector<std::string> ServeArguments(const LocalCloudSettings& settings) {
  std::vector<std::string> arguments{"serve", "--exit_with_parent"};
  if (!settings.qemu_image.empty()) {
    // This process is in the private network already (suites/private_network.h).
    arguments.insert(arguments.end(), {"--machines=qemu", "--network=current",
                                       "--qemu_image=" + settings.qemu_image});
    return arguments;
  }
  arguments.insert(arguments.end(), {"--profile=" + settings.profile,
                                     fmt::format("--time_scale={}", settings.time_scale),
                                     fmt::format("--seed={}", settings.seed)});
  if (settings.ssh_port != 0) arguments.push_back(fmt::format("--ssh_port={}", settings.ssh_port));
  if (!settings.round_trip.empty()) arguments.push_back("--rtt=" + settings.round_trip);
  return arguments;
}

}  // namespace

LocalCloudProcess::LocalCloudProcess(const LocalCloudSettings& settings,
                                     const std::stop_token& stop)
    : has_virtual_machines_(!settings.qemu_image.empty()) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  output_ = ends[0];
  try {
    pid_ = StartLocalCloudProgram(ServeArguments(settings), ends[1]);
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
    ReadGreeting(stop);
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

void LocalCloudProcess::ReadGreeting(const std::stop_token& stop) {
  const std::string line = ReadLine(stop);
  const auto greeting = nlohmann::json::parse(line);
  endpoint_url_ = greeting.at("endpoint_url");
  region_ = greeting.at("region");
  access_key_id_ = greeting.at("access_key_id");
  secret_access_key_ = greeting.at("secret_access_key");
  ssh_port_ = greeting.at("ssh_port");
  client_address_ = greeting.value("client_address", client_address_);
  machines_ = ReadLocalMachines(line);
  if (machines_.has_value() != has_virtual_machines_)
    throw std::runtime_error("the local cloud has other machines than it was told to have");
}

// How long the start takes with virtual machines depends on their image, which another process may
// be building. So it may take any time; the user can interrupt it.
std::string LocalCloudProcess::ReadLine(const std::stop_token& stop) const {
  const aws::UniqueFd wake(eventfd(0, EFD_CLOEXEC));
  const std::stop_callback on_stop(stop, [&] { eventfd_write(wake.get(), 1); });
  std::array<pollfd, 2> sources{pollfd{output_, POLLIN, 0}, pollfd{wake.get(), POLLIN, 0}};
  std::string line;
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  while (line.find('\n') == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const int wait_ms = has_virtual_machines_ ? -1 : std::max(0, static_cast<int>(left.count()));
    const int ready = poll(sources.data(), sources.size(), wait_ms);
    if (stop.stop_requested()) throw std::runtime_error("the local cloud was not ready yet");
    if (ready == 0) throw std::runtime_error("the local cloud did not start within 20 s");
    if (ready < 0) continue;  // EINTR
    char buffer[1024];
    const ssize_t count = read(output_, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) ThrowNoGreeting();
    line.append(buffer, static_cast<std::size_t>(count));
  }
  return line;
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
    const auto deadline =
        std::chrono::steady_clock::now() + (has_virtual_machines_ ? kQemuEndTimeout : kEndTimeout);
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
