#include "suites/audit/audited_command.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "aws/child_program.h"

namespace suites {
namespace {

constexpr int kCannotStart = 126;
constexpr int kNotFound = 127;

[[noreturn]] void ThrowNotStarted(const std::string& program, int error) {
  if (error == ENOENT) throw CommandNotRun(kNotFound, fmt::format("{}: not found", program));
  const char* const hint = error == ENOEXEC ? "; does its first line name an interpreter?" : "";
  throw CommandNotRun(kCannotStart, fmt::format("{}: cannot be started: {}{}", program,
                                                std::generic_category().message(error), hint));
}

pid_t SpawnAudited(std::vector<std::string> command, std::vector<std::string> environment) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  // This process blocks signals; the command must receive them.
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const std::string program = command.front();
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, program.c_str(), nullptr, &attributes, aws::ExecPointers(&command).data(),
                   aws::ExecPointers(&environment).data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) ThrowNotStarted(program, error);
  return pid;
}

}  // namespace

void RequireProgram(const std::string& program) {
  if (program.find('/') == std::string::npos) {
    if (!aws::IsOnPath(program)) ThrowNotStarted(program, ENOENT);
    return;
  }
  std::error_code error;
  const auto status = std::filesystem::status(program, error);
  if (!std::filesystem::exists(status)) ThrowNotStarted(program, ENOENT);
  if (std::filesystem::is_directory(status)) ThrowNotStarted(program, EISDIR);
  if (access(program.c_str(), X_OK) != 0) ThrowNotStarted(program, errno);
}

CommandEnd RunAudited(std::vector<std::string> command, std::vector<std::string> environment,
                      Interrupt* interrupt) {
  const auto begun = std::chrono::steady_clock::now();
  const pid_t pid = SpawnAudited(std::move(command), std::move(environment));
  interrupt->PassOnTo(pid, begun);
  siginfo_t end{};
  // Not reaped yet, so that no signal can be passed on to another process with its id.
  while (waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  interrupt->PassOnTo(0);
  waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED);
  if (end.si_code == CLD_EXITED) return {end.si_status, 0};
  return {128 + end.si_status, end.si_status};
}

}  // namespace suites
