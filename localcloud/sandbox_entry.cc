#include "localcloud/sandbox_entry.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "localcloud/guest_files.h"

// A process is started in two steps, because joining a PID namespace takes effect for children
// only: a helper, sharing this process's memory while it waits (as posix_spawn does), joins the
// namespaces and forks the process, as a child of ours. What runs between clone() and execve()
// makes system calls and nothing else, and is not instrumented.
//
// The C library's own name for clone(): the thread sanitizer takes every call of the other one for
// a fork().
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" int __clone(int (*function)(void*), void* stack, int flags, void* argument, ...);

#define BETWEEN_CLONE_AND_EXEC __attribute__((no_sanitize("address", "thread", "undefined")))

namespace localcloud {
namespace {

struct Plan {
  // What to run.
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const char* directory = "/";
  const int* descriptors = nullptr;  // all above the numbers they are moved to
  int descriptor_count = 0;
  bool terminal = false;
  // How to get there.
  bool drop_root = false;
  uid_t owner = 0;
  int sandbox = -1;
  const char* tree = nullptr;
  int signal = 0;  // send this instead of running something
  // For a socket instead of a process.
  int user_namespace = -1;
  int network = -1;
  int socket_domain = AF_INET;
  int socket_type = SOCK_STREAM;
  int socket_protocol = 0;
  bool listens = false;       // on `address`
  bool adds_address = false;  // which the network does not have yet
  sockaddr_in address{};
  int socket = -1;
  // What came of it.
  pid_t pid = -1;
  int error = 0;
  const char* failed = nullptr;
};

BETWEEN_CLONE_AND_EXEC int FailAt(Plan* plan, const char* what) {
  plan->error = errno;
  plan->failed = what;
  return 1;
}

// Not through the C library: its setresuid() would change all threads of the process whose memory
// is shared.
BETWEEN_CLONE_AND_EXEC bool DropRoot(uid_t owner) {
  return syscall(SYS_setgroups, 0, nullptr) == 0 &&
         syscall(SYS_setresgid, owner, owner, owner) == 0 &&
         syscall(SYS_setresuid, owner, owner, owner) == 0;
}

BETWEEN_CLONE_AND_EXEC void ResetSignals() {
  // The kernel's own structure; all zero is "default, nothing masked" on every architecture.
  const unsigned long by_default[8] = {};
  for (int number = 1; number < 32; ++number) {
    syscall(SYS_rt_sigaction, number, by_default, nullptr, 8);
  }
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, by_default, nullptr, 8);
}

BETWEEN_CLONE_AND_EXEC void TakeDescriptors(const Plan& plan) {
  for (int i = 0; i < plan.descriptor_count; ++i) syscall(SYS_dup3, plan.descriptors[i], i, 0);
  syscall(SYS_close_range, static_cast<unsigned>(plan.descriptor_count), ~0U, 0U);
}

BETWEEN_CLONE_AND_EXEC void DropCapabilities() {
  for (int capability = 0; syscall(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;
       ++capability) {
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  syscall(SYS_capset, &header, none);
  syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// Says why on the standard error that the child has been given.
[[noreturn]] BETWEEN_CLONE_AND_EXEC void GiveUp(const char* what) {
  const char* const parts[] = {"cannot ", what, ": ", strerrordesc_np(errno), "\n"};
  for (const char* part : parts) syscall(SYS_write, 2, part, __builtin_strlen(part));
  for (;;) syscall(SYS_exit_group, 127);
}

[[noreturn]] BETWEEN_CLONE_AND_EXEC void BecomeGuest(const Plan& plan) {
  syscall(SYS_setsid);
  if (plan.terminal) syscall(SYS_ioctl, 0, TIOCSCTTY, 0);
  DropCapabilities();
  const rlimit no_core{0, 0};  // the host's core pattern is none of a guest's business
  syscall(SYS_prlimit64, 0, RLIMIT_CORE, &no_core, nullptr);
  syscall(SYS_umask, 022);
  if (syscall(SYS_chdir, plan.directory) != 0) syscall(SYS_chdir, "/");
  ResetSignals();
  syscall(SYS_execve, plan.arguments[0], plan.arguments, plan.environment);
  GiveUp("run the program");
}

[[noreturn]] BETWEEN_CLONE_AND_EXEC void BecomeUnprivileged(const Plan& plan) {
  if (plan.drop_root) {
    if (syscall(SYS_unshare, CLONE_NEWNS) != 0 ||
        syscall(SYS_mount, nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0 ||
        syscall(SYS_mount, plan.tree, kTreeMount, nullptr, MS_BIND, nullptr) != 0) {
      GiveUp("mount the tree for an unprivileged user");
    }
    if (!DropRoot(plan.owner)) GiveUp("become an unprivileged user");
  }
  syscall(SYS_setsid);
  ResetSignals();
  syscall(SYS_chdir, "/");
  syscall(SYS_execve, plan.arguments[0], plan.arguments, plan.environment);
  GiveUp("run bubblewrap");
}

BETWEEN_CLONE_AND_EXEC bool JoinSandbox(int sandbox) {
  constexpr int kAll = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
                       CLONE_NEWUTS | CLONE_NEWCGROUP;
  return syscall(SYS_setns, sandbox, kAll) == 0;
}

// The helper. Its child must not have a single descriptor too many, not even for the moment until
// it closes them: a listener or connection that we close meanwhile would stay open.
BETWEEN_CLONE_AND_EXEC int Help(void* argument) {
  auto* plan = static_cast<Plan*>(argument);
  if (plan->sandbox >= 0) {
    if (plan->drop_root && !DropRoot(plan->owner))
      return FailAt(plan, "become an unprivileged user");
    if (!JoinSandbox(plan->sandbox)) return FailAt(plan, "join the sandbox");
  }
  TakeDescriptors(*plan);
  const long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) return FailAt(plan, "start a process");
  plan->pid = pid > 0 ? static_cast<pid_t>(pid) : plan->pid;
  if (pid > 0) return 0;
  if (plan->sandbox < 0) BecomeUnprivileged(*plan);
  if (plan->signal == 0) BecomeGuest(*plan);
  // All but the first process of the namespace and this one. There may be none.
  syscall(SYS_kill, -1, plan->signal);
  for (;;) syscall(SYS_exit_group, 0);
}

// The helper that makes a socket, in a descriptor table that it shares with us. The network belongs
// to the outer one of the sandbox's user namespaces; whoever made that (GuestOwner()) is its
// administrator.
BETWEEN_CLONE_AND_EXEC int HelpToMakeSocket(void* argument) {
  auto* plan = static_cast<Plan*>(argument);
  if (plan->drop_root && !DropRoot(plan->owner)) return FailAt(plan, "become an unprivileged user");
  if (syscall(SYS_setns, plan->user_namespace, CLONE_NEWUSER) != 0 ||
      syscall(SYS_setns, plan->network, CLONE_NEWNET) != 0) {
    return FailAt(plan, "join the sandbox's network");
  }
  const long fd = syscall(SYS_socket, plan->socket_domain,
                          plan->socket_type | SOCK_NONBLOCK | SOCK_CLOEXEC, plan->socket_protocol);
  if (fd < 0) return FailAt(plan, "make a socket in the sandbox");
  plan->socket = static_cast<int>(fd);
  if (!plan->listens) return 0;
  if (plan->adds_address) {
    ifreq request{};
    __builtin_memcpy(request.ifr_name, "lo:1", sizeof "lo:1");
    __builtin_memcpy(&request.ifr_addr, &plan->address, sizeof plan->address);
    if (syscall(SYS_ioctl, fd, SIOCSIFADDR, &request) != 0)
      return FailAt(plan, "set an address in the sandbox");
  }
  const int on = 1;
  syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (syscall(SYS_bind, fd, &plan->address, sizeof plan->address) != 0 ||
      syscall(SYS_listen, fd, 128) != 0) {
    return FailAt(plan, "listen in the sandbox");
  }
  return 0;
}

void WaitFor(pid_t pid) {
  while (waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) {
  }
}

void RunHelper(Plan* plan, int (*help)(void*), int flags) {
  plan->drop_root = GuestOwner() != geteuid();
  plan->owner = GuestOwner();
  alignas(16) static thread_local char stack[64 * 1024];
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours may run there
  const int dumpable = prctl(PR_GET_DUMPABLE);
  // No signal at its end, and so (CLONE_PARENT) none at the end of the process it starts.
  const pid_t helper = __clone(help, stack + sizeof stack, CLONE_VM | CLONE_VFORK | flags, plan);
  const int error = errno;
  // The change of credentials there took this mark from the memory we share: without it, /proc/self
  // is root's.
  if (dumpable == 1) prctl(PR_SET_DUMPABLE, 1);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (helper < 0)
    throw std::runtime_error(std::string("cannot start a process: ") + std::strerror(error));
  WaitFor(helper);
  if (plan->failed != nullptr) {
    throw std::runtime_error(std::string("cannot ") + plan->failed + ": " +
                             std::strerror(plan->error));
  }
}

// Returns the process that the helper starts, a child of this one.
pid_t StartWithHelper(Plan* plan) {
  RunHelper(plan, &Help, 0);
  return plan->pid;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Copies above the numbers they are to be moved to, so that no move overwrites one that is still
// needed.
class HighDescriptors {
 public:
  explicit HighDescriptors(const std::vector<int>& descriptors) {
    for (const int fd : descriptors) {
      copies_.emplace_back(fcntl(fd, F_DUPFD_CLOEXEC, 16));
      if (!copies_.back())
        throw std::runtime_error(std::string("cannot pass a file: ") + std::strerror(errno));
      numbers_.push_back(copies_.back().get());
    }
  }
  void PutInto(Plan* plan) const {
    plan->descriptors = numbers_.data();
    plan->descriptor_count = static_cast<int>(numbers_.size());
  }

 private:
  std::vector<OwnedFd> copies_;
  std::vector<int> numbers_;
};

// In the network of the process `inside` a sandbox.
OwnedFd SocketInSandbox(pid_t inside, Plan* plan) {
  const std::string path = "/proc/" + std::to_string(inside) + "/ns/net";
  const OwnedFd network(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const OwnedFd owner(network ? ioctl(network.get(), NS_GET_USERNS) : -1);
  if (!owner)
    throw std::runtime_error(std::string("cannot find the sandbox's network: ") +
                             std::strerror(errno));
  plan->network = network.get();
  plan->user_namespace = owner.get();
  try {
    RunHelper(plan, &HelpToMakeSocket, CLONE_FILES);
  } catch (...) {
    OwnedFd(plan->socket).Close();
    throw;
  }
  return OwnedFd(plan->socket);
}

GuestProcess Watched(pid_t pid) {
  GuestProcess process;
  process.pid = pid;
  process.pidfd = OwnedFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process.pidfd) {
    const int error = errno;
    kill(pid, SIGKILL);
    WaitFor(pid);
    throw std::runtime_error(std::string("cannot watch a process: ") + std::strerror(error));
  }
  return process;
}

}  // namespace

GuestProcess EnterSandbox(int sandbox, const GuestExec& exec) {
  const std::vector<char*> arguments = Pointers(exec.arguments);
  const std::vector<char*> environment = Pointers(exec.environment);
  const HighDescriptors descriptors({exec.in, exec.out, exec.err});
  Plan plan;
  plan.arguments = arguments.data();
  plan.environment = environment.data();
  plan.directory = exec.directory.c_str();
  plan.terminal = exec.terminal;
  plan.sandbox = sandbox;
  descriptors.PutInto(&plan);
  return Watched(StartWithHelper(&plan));
}

void SignalSandbox(int sandbox, int signal) {
  Plan plan;
  plan.sandbox = sandbox;
  plan.signal = signal;
  WaitFor(StartWithHelper(&plan));
}

OwnedFd ListenInSandbox(pid_t inside, const std::string& address, std::uint16_t port) {
  Plan plan;
  plan.listens = true;
  plan.address.sin_family = AF_INET;
  plan.address.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &plan.address.sin_addr);
  // All of 127/8 is the loopback interface's from the start.
  plan.adds_address = ntohl(plan.address.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
  return SocketInSandbox(inside, &plan);
}

OwnedFd TcpSocketInSandbox(pid_t inside) {
  Plan plan;
  return SocketInSandbox(inside, &plan);
}

OwnedFd DiagnosticSocketInSandbox(pid_t inside) {
  Plan plan;
  plan.socket_domain = AF_NETLINK;
  plan.socket_type = SOCK_RAW;
  plan.socket_protocol = NETLINK_SOCK_DIAG;
  return SocketInSandbox(inside, &plan);
}

GuestProcess StartUnprivileged(const std::vector<std::string>& arguments,
                               const std::vector<int>& descriptors, const std::string& tree) {
  const std::vector<char*> pointers = Pointers(arguments);
  const std::vector<char*> environment = Pointers({"PATH=/usr/bin:/bin", "LC_ALL=C"});
  const HighDescriptors copies(descriptors);
  Plan plan;
  plan.arguments = pointers.data();
  plan.environment = environment.data();
  plan.tree = tree.c_str();
  copies.PutInto(&plan);
  return Watched(StartWithHelper(&plan));
}

}  // namespace localcloud
