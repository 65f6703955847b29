#include "localcloud/qemu/dhcp_server.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include "localcloud/qemu/host_programs.h"

namespace localcloud {
namespace {

std::vector<std::string> DnsmasqArguments(const DhcpServer::Options& options) {
  return {
      options.program,
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--pid-file=",
      "--leasefile-ro",  // keeps no file of leases
      "--user=root",     // stays the user that it is
      "--group=",        // and in its groups, which a user namespace does not let it leave
      "--log-facility=-",
      "--quiet-dhcp",
      "--port=0",  // no DNS
      "--no-resolv",
      "--no-hosts",
      "--no-ping",
      "--bind-interfaces",
      "--interface=" + options.device,
      "--except-interface=lo",
      "--dhcp-authoritative",  // refuses other addresses instead of staying silent
      "--dhcp-range=" + options.address + ",static," + options.netmask,
      // EC2's leases last an hour.
      "--dhcp-host=" + options.mac_address + "," + options.address + "," + options.hostname + ",1h",
      "--dhcp-option=option:router," + options.router,
  };
}

// Called between fork() and exec(): only system calls. If this process is the real root, dnsmasq
// runs as nobody, with the capabilities that it needs. (It would change its user by itself, but
// that resets the signal for the parent's death.)
void BecomeNobody() {
  constexpr unsigned kNobody = 65534;
  constexpr unsigned kNeeded = 1U << CAP_NET_ADMIN | 1U << CAP_NET_RAW | 1U << CAP_NET_BIND_SERVICE;
  prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  // In a user namespace there is no nobody, and its root is an ordinary user anyway.
  if (syscall(SYS_setgroups, 0, nullptr) != 0) return;
  if (syscall(SYS_setresgid, kNobody, kNobody, kNobody) != 0) return;
  if (syscall(SYS_setresuid, kNobody, kNobody, kNobody) != 0) return;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2]{};
  sets[0] = {kNeeded, kNeeded, kNeeded};
  syscall(SYS_capset, &header, sets);
  for (const int capability : {CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE})
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

}  // namespace

DhcpServer::DhcpServer(event_base* base, ChildReaper* reaper, const Options& options)
    : address_(options.address), errors_(memfd_create("dnsmasq", MFD_CLOEXEC)) {
  const OwnedFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!errors_ || !null)
    throw std::system_error(errno, std::generic_category(), "cannot start dnsmasq");
  std::vector<std::string> arguments = DnsmasqArguments(options);
  const std::vector<char*> pointers = ExecPointers(&arguments);
  char* const environment[] = {nullptr};
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "cannot start dnsmasq");
  if (pid == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    setsid();  // Ctrl-C in the terminal is for this process, which then ends dnsmasq
    dup2(null.get(), STDIN_FILENO);
    dup2(null.get(), STDOUT_FILENO);
    dup2(errors_.get(), STDERR_FILENO);
    BecomeNobody();
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) _exit(1);
    execve(pointers[0], pointers.data(), environment);
    _exit(127);
  }
  process_ = OwnedFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  reaper->Adopt(pid, OwnedFd(fcntl(process_.get(), F_DUPFD_CLOEXEC, 0)));
  end_ = std::make_unique<FdWatch>(base, process_.get(), [this] { ReportEnd(); });
  end_->Want(true, false);
}

DhcpServer::~DhcpServer() { syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0); }

void DhcpServer::ReportEnd() {
  end_.reset();
  const std::string line = FirstLineIn(errors_.get());
  std::fprintf(stderr, "localcloud: the DHCP server for %s (dnsmasq) has ended%s%s\n",
               address_.c_str(), line.empty() ? "" : ": ", line.c_str());
}

}  // namespace localcloud
