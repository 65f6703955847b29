// The program that starts processes in a sandbox (sandbox_entry.h). It is small, has no secrets,
// and runs from a file that nobody can write.
//
// A guest can see, stop and trace each process started in it even before that process runs the
// guest's program. Until then, the process is a copy of its starter, with the same memory, program
// file and rights. This starter therefore holds nothing worth reading and runs from a sealed file.
// It is not dumpable, so /proc/PID shows nothing of it and nobody can trace it. It is static, so
// that no library of a guest is loaded into it, and quick to copy.
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>

#include "localcloud/guest/launcher_protocol.h"

#if defined(__x86_64__)
#define LAUNCHER_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define LAUNCHER_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "Name this architecture's AUDIT_ARCH (linux/audit.h) for the filter of system calls."
#endif

namespace localcloud {
namespace {

constexpr int kControl = 0;
constexpr int kLowest = 16;  // above the descriptor numbers of new processes

char text[kMostText];
char* strings[kMostStrings + 3];  // two lists with a terminator each, and the first string

int first_process = -1;
int inner_user_namespace = -1;

struct Descriptors {
  int fd[kMostDescriptors];
  int count = 0;
};

LauncherReply Failed(const char* what) {
  LauncherReply reply;
  reply.error = errno;
  std::strncpy(reply.failed, what, sizeof reply.failed - 1);
  return reply;
}

// ---- Start-up.

// Prevents others from inspecting this process and its copies, which a guest can see. A change of
// user may undo this.
void Hide() { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// Blocks what namespaces do not separate, and ways around this filter. These are: sockets of other
// families (AF_VSOCK reaches the hypervisor), the kernel's keys and log, io_uring (which opens
// sockets), and system calls of other architectures. All processes started from here inherit the
// filter.
bool FilterSystemCalls() {
#define LAUNCHER_IF(test, value, then) \
  BPF_JUMP(BPF_JMP | (test) | BPF_K, (value), 0, 1), BPF_STMT(BPF_RET | BPF_K, (then))
#define LAUNCHER_LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, member))
  constexpr unsigned kNoSuchCall = SECCOMP_RET_ERRNO | ENOSYS;
  constexpr unsigned kOtherTable = 0x4000'0000;  // the system calls of x32
  sock_filter program[] = {
      LAUNCHER_LOAD(arch),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LAUNCHER_ARCHITECTURE, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      LAUNCHER_LOAD(nr),
      LAUNCHER_IF(BPF_JGE, kOtherTable, kNoSuchCall),
      LAUNCHER_IF(BPF_JEQ, SYS_keyctl, kNoSuchCall),
      LAUNCHER_IF(BPF_JEQ, SYS_add_key, kNoSuchCall),
      LAUNCHER_IF(BPF_JEQ, SYS_request_key, kNoSuchCall),
      LAUNCHER_IF(BPF_JEQ, SYS_io_uring_setup, kNoSuchCall),
      LAUNCHER_IF(BPF_JEQ, SYS_syslog, kNoSuchCall),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      // The socket family. The kernel, too, reads only the lower half of this register.
      LAUNCHER_LOAD(args),
      LAUNCHER_IF(BPF_JEQ, AF_UNIX, SECCOMP_RET_ALLOW),
      LAUNCHER_IF(BPF_JEQ, AF_INET, SECCOMP_RET_ALLOW),
      LAUNCHER_IF(BPF_JEQ, AF_INET6, SECCOMP_RET_ALLOW),
      LAUNCHER_IF(BPF_JEQ, AF_NETLINK, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
  };
#undef LAUNCHER_IF
#undef LAUNCHER_LOAD
  const sock_fprog filter{sizeof program / sizeof *program, program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

// Occupies the low descriptor numbers. Descriptors that arrive then have higher numbers than the
// ones they are moved to in a new process.
bool OccupyLowDescriptors() {
  close_range(1, ~0U, 0);  // closes this program's own file
  for (int fd = 1; fd < kLowest; ++fd) {
    if (open("/dev/null", O_RDWR | O_CLOEXEC) != fd) return false;
  }
  return true;
}

bool SetUp() {
  Hide();
  // Leaves the caller's session keyring, whose keys are not for guests. This may fail if the user
  // has too few keyrings left (EDQUOT); the filter still keeps guests from using keys.
  syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  const rlimit no_core{0, 0};  // the host's core pattern must not handle a guest's crash
  setrlimit(RLIMIT_CORE, &no_core);
  return OccupyLowDescriptors() && FilterSystemCalls();
}

// ---- New processes, until they run their programs.

// Writes the reason to the new process's standard error and exits.
[[noreturn]] void GiveUp(const char* what) {
  const char* const parts[] = {"cannot ", what, ": ", strerrordesc_np(errno), "\n"};
  for (const char* part : parts) (void)!write(STDERR_FILENO, part, std::strlen(part));
  _exit(127);
}

void TakeDescriptors(const Descriptors& descriptors) {
  for (int i = 0; i < descriptors.count; ++i) dup2(descriptors.fd[i], i);
  close_range(static_cast<unsigned>(descriptors.count), ~0U, 0);
}

bool DropRoot(uid_t owner) {
  return setgroups(0, nullptr) == 0 && setresgid(owner, owner, owner) == 0 &&
         setresuid(owner, owner, owner) == 0;
}

void DropCapabilities() {
  for (int i = 0; prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0; ++i) {
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  syscall(SYS_capset, &header, none);
}

// Runs bubblewrap. `strings` holds the tree, then the arguments.
[[noreturn]] void BecomeBubblewrap(const LauncherRequest& request, const Descriptors& descriptors) {
  TakeDescriptors(descriptors);
  if (request.owner != geteuid()) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0 ||
        mount(strings[0], kTreeMount, nullptr, MS_BIND, nullptr) != 0) {
      GiveUp("mount the tree for an unprivileged user");
    }
    if (!DropRoot(request.owner)) GiveUp("become an unprivileged user");
  }
  setsid();
  char path[] = "PATH=/usr/bin:/bin";
  char locale[] = "LC_ALL=C";
  char* const environment[] = {path, locale, nullptr};
  execve(strings[1], strings + 1, environment);
  GiveUp("run bubblewrap");
}

// Runs a guest's program. `strings` holds the directory, the arguments, a terminator, the
// environment.
[[noreturn]] void BecomeGuest(const LauncherRequest& request, const Descriptors& descriptors) {
  const bool joined = setns(inner_user_namespace, CLONE_NEWUSER) == 0;
  TakeDescriptors(descriptors);
  if (!joined) GiveUp("join the sandbox");
  DropCapabilities();
  setsid();
  if (request.terminal != 0) ioctl(STDIN_FILENO, TIOCSCTTY, 0);
  umask(022);
  if (chdir(strings[0]) != 0) (void)!chdir("/");
  execve(strings[1], strings + 1, strings + request.arguments + 2);
  GiveUp("run the program");
}

// ---- Requests.

// Runs `become`, which does not return, in a copy of this process. The copy is a child of this
// process's parent (CLONE_PARENT).
template <typename Become>
LauncherReply Start(const Become& become) {
  const long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) become();
  if (pid < 0) return Failed("start a process");
  LauncherReply reply;
  reply.pid = static_cast<pid_t>(pid);
  return reply;
}

// From here on this process is an ordinary user and the administrator of the sandbox's outer user
// namespace. It stays in the host's PID namespace, so that the guest does not see it; its children
// enter the guest's.
LauncherReply Join(const LauncherRequest& request, Descriptors* descriptors) {
  constexpr int kAll =
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (descriptors->count != 3) return Failed("join without the namespaces");
  if (request.owner != geteuid() && !DropRoot(request.owner))
    return Failed("become an unprivileged user");
  if (setns(descriptors->fd[1], CLONE_NEWUSER) != 0 || setns(descriptors->fd[0], kAll) != 0)
    return Failed("join the sandbox");
  Hide();
  first_process = descriptors->fd[0];
  inner_user_namespace = descriptors->fd[2];
  close(descriptors->fd[1]);
  descriptors->count = 0;  // the others stay open
  return {};
}

LauncherReply SignalAll(int signal) {
  return Start([signal] {
    // Signals all processes of the namespace except the first and this one. There may be none.
    kill(-1, signal);
    _exit(0);
  });
}

LauncherReply MakeSocket(const LauncherRequest& request, int* fd) {
  *fd = socket(request.domain, request.type | SOCK_NONBLOCK | SOCK_CLOEXEC, request.number);
  if (*fd < 0) return Failed("make a socket in the sandbox");
  if (request.listens == 0) return {};
  if (request.adds_address != 0) {
    ifreq loopback{};
    std::memcpy(loopback.ifr_name, "lo:1", sizeof "lo:1");
    std::memcpy(&loopback.ifr_addr, &request.address, sizeof request.address);
    if (ioctl(*fd, SIOCSIFADDR, &loopback) != 0) return Failed("set an address in the sandbox");
  }
  const int on = 1;
  setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(*fd, reinterpret_cast<const sockaddr*>(&request.address), sizeof request.address) != 0 ||
      listen(*fd, 128) != 0) {
    return Failed("listen in the sandbox");
  }
  return {};
}

bool SplitText(const LauncherRequest& request) {
  const std::size_t count = 1 + request.arguments + request.environment;
  char* next = text;
  char* const end = text + request.text_size;
  char** to = strings;
  for (std::size_t i = 0; i < count; ++i) {
    if (i == 1 + request.arguments) *to++ = nullptr;
    char* const terminator =
        static_cast<char*>(memchr(next, 0, static_cast<std::size_t>(end - next)));
    if (terminator == nullptr) return false;
    *to++ = next;
    next = terminator + 1;
  }
  if (request.environment == 0) *to++ = nullptr;
  *to = nullptr;
  return true;
}

LauncherReply Handle(const LauncherRequest& request, Descriptors* descriptors, int* reply_fd) {
  switch (request.kind) {
    case LauncherRequest::Kind::kStart:
    case LauncherRequest::Kind::kRun:
      errno = EINVAL;
      if (!SplitText(request)) return Failed("read a request");
      return Start([&] {
        if (request.kind == LauncherRequest::Kind::kStart) BecomeBubblewrap(request, *descriptors);
        BecomeGuest(request, *descriptors);
      });
    case LauncherRequest::Kind::kJoin:
      return Join(request, descriptors);
    case LauncherRequest::Kind::kSignal:
      return SignalAll(request.number);
    case LauncherRequest::Kind::kSocket:
      return MakeSocket(request, reply_fd);
  }
  return Failed("understand a request");
}

// ---- The socket.

union ControlBuffer {
  cmsghdr header;
  char bytes[CMSG_SPACE(kMostDescriptors * sizeof(int))];
};

void KeepDescriptors(msghdr* message, Descriptors* descriptors) {
  for (cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    descriptors->count = static_cast<int>((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(descriptors->fd, CMSG_DATA(part), part->cmsg_len - CMSG_LEN(0));
  }
}

// Returns true if a complete request arrived; false if the other end is closed.
bool Receive(LauncherRequest* request, Descriptors* descriptors) {
  std::size_t done = 0;
  for (std::size_t whole = sizeof *request; done < whole;) {
    iovec to = {reinterpret_cast<char*>(request) + done, sizeof *request - done};
    if (done >= sizeof *request) to = {text + (done - sizeof *request), whole - done};
    ControlBuffer control;
    msghdr message{};
    message.msg_iov = &to;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(kControl, &message, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    KeepDescriptors(&message, descriptors);
    done += static_cast<std::size_t>(n);
    if (done < sizeof *request) continue;
    if (request->text_size > kMostText || request->arguments > kMostStrings ||
        request->environment > kMostStrings - request->arguments) {
      return false;
    }
    whole = sizeof *request + request->text_size;
  }
  return true;
}

bool Send(const LauncherReply& reply, int fd) {
  LauncherReply bytes = reply;
  iovec from = {&bytes, sizeof bytes};
  ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &from;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof fd);
    control.header = {CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
    std::memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  }
  return sendmsg(kControl, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof bytes);
}

int BeTheLauncher() {
  const bool set_up = SetUp();
  const LauncherReply not_set_up = Failed("restrict the launcher of the guest's processes");
  for (;;) {
    LauncherRequest request;
    Descriptors descriptors;
    if (!Receive(&request, &descriptors)) break;
    int reply_fd = -1;
    LauncherReply reply = set_up ? Handle(request, &descriptors, &reply_fd) : not_set_up;
    for (int i = 0; i < descriptors.count; ++i) close(descriptors.fd[i]);
    explicit_bzero(text, request.text_size);  // later copies of this process must not contain it
    const bool sent = Send(reply, reply.error == 0 ? reply_fd : -1);
    if (reply_fd >= 0) close(reply_fd);
    if (!sent) break;
  }
  // The cloud has ended. Killing the first process ends all others.
  if (first_process >= 0) syscall(SYS_pidfd_send_signal, first_process, SIGKILL, nullptr, 0);
  return 0;
}

int BeTheFirstProcess() {
  // A guest could keep this process from ending if it could trace it or open the pipe that is its
  // input.
  Hide();
  close_range(STDERR_FILENO + 1, ~0U, 0);
  prctl(PR_SET_NAME, kFirstProcess, 0, 0, 0);
  std::signal(SIGCHLD, SIG_IGN);  // the kernel then reaps adopted children
  (void)!write(STDOUT_FILENO, kSandboxReady, sizeof kSandboxReady - 1);
  char byte;
  for (ssize_t n = 1; n > 0 || (n < 0 && errno == EINTR);) n = read(STDIN_FILENO, &byte, 1);
  return 0;
}

}  // namespace
}  // namespace localcloud

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], localcloud::kTheLauncher) == 0)
    return localcloud::BeTheLauncher();
  if (argc > 1 && std::strcmp(argv[1], localcloud::kFirstProcess) == 0)
    return localcloud::BeTheFirstProcess();
  return 2;
}
