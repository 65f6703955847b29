// Starts processes in the namespaces of a sandbox.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

struct LauncherReply;
struct LauncherRequest;

// What to run. Descriptors stay the caller's.
struct GuestExec {
  std::vector<std::string> arguments;    // [0] is the program's path in the guest
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited
  std::string directory{"/"};            // "/" where the guest has no such directory
  int in = -1;
  int out = -1;
  int err = -1;
  bool terminal = false;  // `in` is a terminal, and becomes the controlling one
};

// A child of this process, leader of a session and process group of its own. Nobody else waits for
// it.
struct GuestProcess {
  pid_t pid = -1;
  OwnedFd pidfd;
};

inline constexpr char kGuestPath[] =
    "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

// One sandbox's launcher: a process of its own (launcher.cc says why), which starts all others
// there, as children of this process. What it starts has no other descriptor, environment or memory
// of this process, has no new privileges, and may use no socket families but local, IPv4, IPv6 and
// netlink, no keys of the kernel and no io_uring. When this process ends, however it ends, the
// launcher ends the sandbox and itself.
//
// Each call blocks for one exchange with the launcher, some 0.1 ms. All throw std::runtime_error if
// the launcher has ended or says that it cannot. Not thread-safe.
class SandboxEntry {
 public:
  SandboxEntry();
  // Ends the launcher. Whoever had to wait for it has taken it with ReleaseLauncher().
  ~SandboxEntry();
  SandboxEntry(const SandboxEntry&) = delete;
  SandboxEntry& operator=(const SandboxEntry&) = delete;

  // The launcher itself: its pidfd can be read once it has ended.
  const GuestProcess& launcher() const { return launcher_; }
  // Kills the launcher and hands it over, to be waited for. No other call after this.
  GuestProcess ReleaseLauncher();

  // Runs `arguments` (bubblewrap) as GuestOwner(), with `descriptors[i]` as its descriptor i and no
  // others. If this process is root, it sees `tree` at kTreeMount (launcher_protocol.h), in a mount
  // namespace of its own. If it cannot become what it should, it says why on its descriptor 2 and
  // ends.
  GuestProcess StartUnprivileged(const std::vector<std::string>& arguments,
                                 const std::vector<int>& descriptors, const std::string& tree);
  // Once the sandbox stands: `first` is its first process, `pidfd` refers to it. It must belong to
  // GuestOwner(). Must come before all that follows.
  void Join(pid_t first, int pidfd);

  // In all namespaces of the sandbox: unprivileged, without capabilities. Does not wait for the
  // program; if that cannot be run, the process ends with status 127.
  GuestProcess Run(const GuestExec& exec);
  // Sends `signal` to every process in the sandbox but its first. Throws std::runtime_error also if
  // the guest keeps that from being done (for two seconds).
  void SignalAll(int signal);

  // Sockets in the sandbox's network, non-blocking.
  // A listening TCP socket; the loopback interface is given `address` first if it lacks it.
  OwnedFd Listen(const std::string& address, std::uint16_t port);
  OwnedFd TcpSocket();
  // For sock_diag(7): which sockets there are in that network.
  OwnedFd DiagnosticSocket();

 private:
  LauncherReply Ask(LauncherRequest* request, const std::string& text,
                    const std::vector<int>& descriptors, OwnedFd* reply_fd = nullptr);
  void Send(const LauncherRequest& request, const std::string& text,
            const std::vector<int>& descriptors);
  LauncherReply Receive(OwnedFd* reply_fd);
  void WaitUntil(short ready);
  GuestProcess StartedBy(LauncherRequest* request, const std::string& text,
                         const std::vector<int>& descriptors);
  OwnedFd SocketBy(LauncherRequest* request);
  [[noreturn]] void Break(const std::string& why);

  OwnedFd control_;
  GuestProcess launcher_;
};

}  // namespace localcloud
