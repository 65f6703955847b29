// A hostile program for guests of the local cloud. guest_escape_attack_test.cc runs it in a guest.
//
// guest_attacker stop|trace SECRET OWN
//     Takes hold of every process that starts after it, with SIGSTOP or ptrace(), and searches what
//     it can read of the process. Ends when its standard input ends. SECRET and OWN are passed
//     reversed, so that the search does not find these arguments themselves.
// guest_attacker pin
//     Stops every process that starts after it, forever.
// guest_attacker hold
//     Tries to keep the guest's first process from ending, prints "holding", and never ends.
// guest_attacker families
//     Prints which kernel interfaces it can use.
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Counts {
  int held = 0;         // processes that it took hold of
  int secrets = 0;      // of these, how many contained SECRET
  int own = 0;          // of these, how many contained OWN
  int refused = 0;      // of these, how many could not be read at all
  int foreign = 0;      // of these, how many ran a file of the host outside /usr
  int host_files = 0;   // open descriptors that lead to files of the host
  std::string program;  // the last such program
};

std::string Contents(int fd) {
  std::string text;
  char chunk[4096];
  for (ssize_t n; fd >= 0 && (n = read(fd, chunk, sizeof chunk)) > 0;) {
    text.append(chunk, static_cast<std::size_t>(n));
  }
  return text;
}

std::string Contents(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text = Contents(fd);
  if (fd >= 0) close(fd);
  return text;
}

std::string Link(const std::string& path) {
  char text[4096];
  const ssize_t n = readlink(path.c_str(), text, sizeof text);
  return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : "";
}

// Descriptors of a process's memory. Opened before the process runs its program, the files still
// show the earlier content.
struct View {
  int memory = -1;
  int maps = -1;
  int program = -1;
};

View Open(const std::string& process) {
  View view;
  view.memory = open((process + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (view.memory < 0) return view;
  view.maps = open((process + "/maps").c_str(), O_RDONLY | O_CLOEXEC);
  view.program = open((process + "/exe").c_str(), O_RDONLY | O_CLOEXEC);
  return view;
}

void Close(const View& view) {
  for (const int fd : {view.memory, view.maps, view.program}) {
    if (fd >= 0) close(fd);
  }
}

// Returns all writable memory that can be read.
std::string Memory(const View& view) {
  std::string memory;
  const std::string maps = Contents(view.maps);
  for (std::size_t line = 0; line < maps.size(); line = maps.find('\n', line) + 1) {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    char mode[5] = "";
    if (std::sscanf(maps.c_str() + line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, mode) != 3)
      break;
    if (std::strncmp(mode, "rw", 2) != 0 || to - from > 64U << 20) continue;
    const std::size_t before = memory.size();
    memory.resize(before + (to - from));
    const ssize_t n =
        pread(view.memory, memory.data() + before, to - from, static_cast<off_t>(from));
    memory.resize(before + (n > 0 ? static_cast<std::size_t>(n) : 0));
  }
  return memory;
}

// A file in memory that nobody can change any more is harmless.
bool IsSealed(int fd) {
  constexpr int kAll = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  const int seals = fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & kAll) == kAll;
}

void Inspect(const std::string& process, const View& view, const std::string& secret,
             const std::string& own, Counts* counts) {
  const std::string program = Link("/proc/self/fd/" + std::to_string(view.program));
  const std::string memory = Memory(view) + Contents(process + "/environ");
  ++counts->held;
  counts->refused += memory.empty() ? 1 : 0;
  counts->secrets += memory.find(secret) != std::string::npos ? 1 : 0;
  counts->own += memory.find(own) != std::string::npos ? 1 : 0;
  const bool guests = program.rfind("/usr/", 0) == 0 || program.rfind("/home/ec2-user/", 0) == 0;
  if (view.program >= 0 && !guests && !IsSealed(view.program)) {
    ++counts->foreign;
    counts->program = program;
  }
  for (int fd = 0; fd < 64; ++fd) {
    const std::string name = Link(process + "/fd/" + std::to_string(fd));
    if (name.find("localcloud") != std::string::npos) ++counts->host_files;
  }
}

// Returns the number of the process that was started last in this namespace.
pid_t LastPid() {
  const std::string load = Contents("/proc/loadavg");
  const auto space = load.rfind(' ');
  return space == std::string::npos ? 0 : static_cast<pid_t>(std::atoi(load.c_str() + space));
}

bool Hold(pid_t pid, bool by_trace) {
  if (!by_trace) return kill(pid, SIGSTOP) == 0;
  return ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0 &&
         ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) == 0;
}

void Release(pid_t pid, bool by_trace) {
  if (!by_trace) {
    kill(pid, SIGCONT);
    return;
  }
  waitpid(pid, nullptr, __WALL);
  ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
}

std::string Reversed(std::string text) {
  std::reverse(text.begin(), text.end());
  return text;
}

int Hunt(bool by_trace, const std::string& secret, const std::string& own) {
  Counts counts;
  std::puts("hunting");
  std::fflush(stdout);
  pid_t seen = LastPid();
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (poll(&input, 1, 0) == 0) {
    for (pid_t pid = seen + 1; pid < seen + 4; ++pid) {
      if (!Hold(pid, by_trace)) continue;
      const std::string process = "/proc/" + std::to_string(pid);
      View view = Open(process);
      Release(pid, by_trace);
      // A process with more rights than this one (on its way to its program) cannot be read yet.
      constexpr int kTries = 20'000;
      for (int i = 0; i < kTries && view.memory < 0 && kill(pid, 0) == 0; ++i) view = Open(process);
      Inspect(process, view, secret, own, &counts);
      Close(view);
      seen = pid;
    }
    seen = std::max(seen, LastPid());
  }
  std::printf("held=%d secrets=%d own=%d refused=%d foreign=%d host_files=%d program=%s\n",
              counts.held, counts.secrets, counts.own, counts.refused, counts.foreign,
              counts.host_files, counts.program.c_str());
  return 0;
}

int Pin() {
  std::puts("pinning");
  std::fflush(stdout);
  for (;;) {
    const pid_t last = LastPid();
    for (pid_t pid = last; pid < last + 4; ++pid) {
      if (pid != getpid()) kill(pid, SIGSTOP);
    }
  }
}

int HoldFirstProcess() {
  // The first process's input is a pipe whose other end only the cloud has. If someone else holds a
  // second writing end, the first process never ends.
  std::printf("pipe: %s\n", open("/proc/1/fd/0", O_RDWR) >= 0 ? "open" : std::strerror(errno));
  const bool traced = ptrace(PTRACE_SEIZE, 1, nullptr, nullptr) == 0 &&
                      ptrace(PTRACE_INTERRUPT, 1, nullptr, nullptr) == 0;
  std::printf("trace: %s\nholding\n", traced ? "stopped" : std::strerror(errno));
  std::fflush(stdout);
  for (;;) pause();
}

void Say(const char* what, long result) {
  std::printf("%s: %s\n", what, result >= 0 ? "works" : std::strerror(errno));
}

int TryFamilies() {
  Say("unix", socket(AF_UNIX, SOCK_STREAM, 0));
  Say("inet", socket(AF_INET, SOCK_STREAM, 0));
  Say("inet6", socket(AF_INET6, SOCK_DGRAM, 0));
  Say("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
  Say("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
  Say("alg", socket(AF_ALG, SOCK_SEQPACKET, 0));
  // With a bit set in the upper half of the register, which the kernel ignores.
  Say("disguised vsock", syscall(SYS_socket, 0x1'0000'0000L | AF_VSOCK, SOCK_STREAM, 0));
  Say("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
  Say("add_key", syscall(SYS_add_key, "user", "guest", "x", 1, KEY_SPEC_USER_KEYRING));
  Say("request_key", syscall(SYS_request_key, "user", "guest", nullptr, KEY_SPEC_USER_KEYRING));
  char parameters[256] = "";
  Say("io_uring", syscall(SYS_io_uring_setup, 1, parameters));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "pin") return Pin();
  if (what == "hold") return HoldFirstProcess();
  if (what == "families") return TryFamilies();
  if (argc != 4 || (what != "stop" && what != "trace")) return 2;
  return Hunt(what == "trace", Reversed(argv[2]), Reversed(argv[3]));
}
