#include "localcloud/qemu/host_programs.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {
namespace {

constexpr int kProgramPatience_ms = 10'000;
constexpr std::size_t kMostOutput = 1 << 20;

// A file without a name. Unlike a pipe it cannot fill up, so that neither side waits for the other.
OwnedFd UnnamedFile(const std::string& content) {
  OwnedFd file(memfd_create("network", MFD_CLOEXEC));
  if (!file)
    throw std::system_error(errno, std::generic_category(), "cannot make a file in memory");
  std::size_t written = 0;
  while (written < content.size()) {
    const ssize_t count = write(file.get(), content.data() + written, content.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw std::system_error(errno, std::generic_category(), "cannot write to a file in memory");
    written += static_cast<std::size_t>(count);
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string ContentOf(int file) {
  std::string content(kMostOutput, '\0');
  const ssize_t count = pread(file, content.data(), content.size(), 0);
  content.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return content;
}

pid_t SpawnHostProgram(const std::string& path, const std::vector<std::string>& arguments,
                       const OwnedFd& input, const OwnedFd& output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // Its own process group, because Ctrl-C in the terminal must not end it halfway.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> copies = arguments;
  copies.insert(copies.begin(), path);
  std::string language = "LC_ALL=C";
  char* const environment[] = {language.data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, path.c_str(), &actions, &attributes,
                                ExecPointers(&copies).data(), environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start " + path);
  return pid;
}

// Returns the status that waitpid() gives. Kills a process that takes too long.
int WaitForHostProgram(pid_t pid) {
  const OwnedFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  pollfd end{pidfd.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&end, 1, kProgramPatience_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

std::string FindOnPath(const std::string& program) {
  const char* const path = std::getenv("PATH");
  std::istringstream directories(std::string(path != nullptr ? path : "/usr/bin:/bin") +
                                 ":/usr/sbin:/sbin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string candidate = directory + "/" + program;
    if (directory.starts_with('/') && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

std::string FindHostProgram(const std::string& program, const std::string& debian_package) {
  const std::string path = FindOnPath(program);
  if (!path.empty()) return path;
  throw std::runtime_error("the program " + program + " is missing: sudo apt-get install " +
                           debian_package);
}

std::vector<char*> ExecPointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string RunHostProgram(const std::string& path, const std::vector<std::string>& arguments,
                           const std::string& input) {
  const OwnedFd in = UnnamedFile(input);
  const OwnedFd out = UnnamedFile("");
  const int status = WaitForHostProgram(SpawnHostProgram(path, arguments, in, out));
  if (status == 0) return ContentOf(out.get());
  const std::string said = FirstLineIn(out.get());
  if (!said.empty()) throw std::runtime_error(path + " failed: " + said);
  throw std::runtime_error(
      path + (WIFSIGNALED(status) ? " was ended by signal " + std::to_string(WTERMSIG(status))
                                  : " failed with status " + std::to_string(WEXITSTATUS(status))));
}

std::string FirstLineIn(int file) {
  std::string line(4096, '\0');
  const ssize_t count = pread(file, line.data(), line.size(), 0);
  line.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  line.erase(0, line.find_first_not_of('\n'));  // dnsmasq begins with an empty line
  line.resize(std::min(line.find('\n'), line.size()));
  std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  return line;
}

}  // namespace localcloud
