#include "localcloud/qemu/qemu_child.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "localcloud/qemu/host_programs.h"

namespace localcloud {
namespace {

constexpr gid_t kNobody = 65534;  // the group, in Debian; also the kernel's overflow id
// Each QEMU has a user of its own, its process id above this, so that none can trace another.
// Debian gives nobody such ids.
constexpr uid_t kFirstUser = 1'900'000'000;
constexpr uid_t kLastUser = kFirstUser + (1 << 22);  // the largest process id (proc(5), pid_max)

// All that the child needs. Prepared before fork(), after which only async-signal-safe calls are
// allowed.
struct Plan {
  const char* program = nullptr;
  std::vector<char*> arguments;
  std::vector<int> descriptors;  // each above the numbers that they get
  bool has_own_user = false;
  std::vector<gid_t> groups;
  pid_t parent = -1;
};

[[noreturn]] void EndChild(const char* what) {
  const char* const parts[] = {"cannot ", what, ": ", strerrordesc_np(errno), "\n"};
  for (const char* part : parts) (void)!write(STDERR_FILENO, part, std::strlen(part));
  _exit(127);
}

void ResetSignals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Without this, root of a user namespace would get all capabilities there with exec. The first two
// steps fail for a user who has none.
void DropCapabilities() {
  constexpr int kMostCapabilities = 64;
  for (int i = 0; i < kMostCapabilities; ++i) prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
  prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
}

void ClearCapabilities() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capset, &header, none) != 0) EndChild("drop capabilities");
}

[[noreturn]] void RunChild(const Plan& plan) {
  ResetSignals();
  setsid();  // Ctrl-C in the caller's terminal is not meant for guests
  for (std::size_t i = 0; i < plan.descriptors.size(); ++i) {
    if (dup2(plan.descriptors[i], static_cast<int>(i)) < 0) EndChild("pass a descriptor");
  }
  if (syscall(SYS_close_range, plan.descriptors.size(), ~0U, 0) != 0) EndChild("close descriptors");
  if (chdir("/") != 0) EndChild("change the directory");
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // QEMU has its tap as a descriptor, so it needs no network. Not allowed to an ordinary user
  // outside a namespace of its own, who runs no virtual machines with a network either.
  if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0 && errno != EPERM) EndChild("leave the network");
  DropCapabilities();
  // System calls, because glibc's functions for this signal all threads.
  const uid_t user = kFirstUser + static_cast<uid_t>(getpid());
  if (plan.has_own_user && (syscall(SYS_setgroups, plan.groups.size(), plan.groups.data()) != 0 ||
                            syscall(SYS_setresgid, kNobody, kNobody, kNobody) != 0 ||
                            syscall(SYS_setresuid, user, user, user) != 0)) {
    EndChild("change the user");
  }
  ClearCapabilities();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) EndChild("give up rights");
  // Last, because a change of the user undoes it. The parent may have died before.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) EndChild("end with the local cloud");
  if (getppid() != plan.parent) _exit(127);
  char* const environment[] = {nullptr};
  execve(plan.program, plan.arguments.data(), environment);
  EndChild("run QEMU");
}

OwnedFd CopyAbove(int fd, std::size_t lowest) {
  OwnedFd copy(fcntl(fd, F_DUPFD_CLOEXEC, static_cast<int>(lowest)));
  if (!copy) throw std::runtime_error(std::string("cannot pass a file: ") + std::strerror(errno));
  return copy;
}

}  // namespace

bool QemuHasOwnUser() {
  if (geteuid() != 0) return false;
  std::ifstream map("/proc/self/uid_map");
  std::uint64_t first = 0;
  std::uint64_t outside = 0;
  std::uint64_t count = 0;
  while (map >> first >> outside >> count) {
    if (first <= kNobody && kLastUser - first < count) return true;
  }
  return false;
}

QemuChild StartQemuChild(const std::string& program, const std::vector<std::string>& arguments,
                         const std::vector<int>& descriptors, bool kvm) {
  Plan plan;
  plan.program = program.c_str();
  std::vector<std::string> copied_arguments = arguments;
  plan.arguments = ExecPointers(&copied_arguments);
  const OwnedFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  std::vector<OwnedFd> copies;
  for (const int fd : descriptors) {
    copies.push_back(CopyAbove(fd < 0 ? null.get() : fd, descriptors.size()));
    plan.descriptors.push_back(copies.back().get());
  }
  plan.has_own_user = QemuHasOwnUser();
  struct stat device {};
  if (kvm && stat("/dev/kvm", &device) == 0 && device.st_gid != 0)
    plan.groups.push_back(device.st_gid);
  plan.parent = getpid();

  // No handler of this process may run in the child.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  QemuChild child;
  child.pid = fork();
  if (child.pid == 0) RunChild(plan);
  const int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child.pid < 0)
    throw std::runtime_error(std::string("cannot start QEMU: ") + std::strerror(fork_error));
  child.pidfd = OwnedFd(static_cast<int>(syscall(SYS_pidfd_open, child.pid, 0)));
  if (!child.pidfd) {
    const int error = errno;
    kill(child.pid, SIGKILL);
    while (waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    throw std::runtime_error(std::string("cannot watch QEMU: ") + std::strerror(error));
  }
  return child;
}

}  // namespace localcloud
