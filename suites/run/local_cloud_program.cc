#include "suites/run/local_cloud_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "aws/child_program.h"

namespace suites {
namespace {

std::string ProgramPath() {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "localcloud";
  if (!std::filesystem::exists(path)) {
    throw std::runtime_error(
        fmt::format("{} is not there: build with LAUNCH_BENCH_LOCALCLOUD=ON, or use --cloud=aws",
                    path.string()));
  }
  return path.string();
}

// The environment variables that the local cloud gets. None holds a credential, because the local
// cloud runs commands of guests. A name with a final '*' stands for all names that begin like it.
constexpr std::array kPassedVariables = std::to_array<std::string_view>(
    {"PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_*", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME",
     "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE"});

bool IsAmong(std::string_view name, std::span<const std::string_view> variables) {
  return std::ranges::any_of(variables, [&](std::string_view passed) {
    if (!passed.ends_with('*')) return name == passed;
    passed.remove_suffix(1);
    return name.starts_with(passed);
  });
}

std::vector<char*> PassedEnvironment(std::span<const std::string_view> more_variables) {
  std::vector<char*> passed;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (IsAmong(name, kPassedVariables) || IsAmong(name, more_variables)) passed.push_back(*entry);
  }
  passed.push_back(nullptr);
  return passed;
}

}  // namespace

pid_t StartLocalCloudProgram(std::vector<std::string> arguments, int output,
                             std::span<const std::string_view> more_variables) {
  const std::string program = ProgramPath();
  arguments.insert(arguments.begin(), program);
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
  const int error =
      posix_spawn(&pid, program.c_str(), &actions, &attributes,
                  aws::ExecPointers(&arguments).data(), PassedEnvironment(more_variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "starting " + program);
  return pid;
}

}  // namespace suites
