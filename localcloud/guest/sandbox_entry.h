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

// A program to run. The caller keeps the ownership of the descriptors.
struct GuestExec {
  std::vector<std::string> arguments;    // [0] is the program's path in the guest
  std::vector<std::string> environment;  // "NAME=value"; nothing is inherited
  std::string directory{"/"};            // replaced by "/" if the guest has no such directory
  int in = -1;
  int out = -1;
  int err = -1;
  bool terminal = false;  // `in` is a terminal and becomes the controlling one
};

// A child of this process, leader of its own session and process group. Only the owner of this
// object waits for it.
struct GuestProcess {
  pid_t pid = -1;
  OwnedFd pidfd;
};

inline constexpr char kGuestPath[] =
    "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

// The launcher of one sandbox: a separate process (launcher.cc explains why) that starts all other
// processes there, as children of this process. A started process has no other descriptor, no
// environment and no memory of this process, and cannot gain privileges. It may use only local,
// IPv4, IPv6 and netlink sockets, no kernel keys and no io_uring. When this process ends, however
// it ends, the launcher ends the sandbox and itself.
//
// Each call blocks for one exchange with the launcher, about 0.1 ms. All throw std::runtime_error
// if the launcher has ended or reports a failure. Not thread-safe.
class SandboxEntry {
 public:
  SandboxEntry();
  // Ends the launcher. If it has to be waited for, call ReleaseLauncher() first.
  ~SandboxEntry();
  SandboxEntry(const SandboxEntry&) = delete;
  SandboxEntry& operator=(const SandboxEntry&) = delete;

  // The launcher itself. Its pidfd becomes readable once it has ended.
  const GuestProcess& launcher() const { return launcher_; }
  // Kills the launcher and returns it, so that the caller can wait for it. No other call may
  // follow.
  GuestProcess ReleaseLauncher();

  // Runs `arguments` (bubblewrap) as GuestOwner(), with `descriptors[i]` as its descriptor i and no
  // others. If this process is root, the program sees `tree` at kTreeMount (launcher_protocol.h),
  // in its own mount namespace. If the new process cannot set itself up, it writes the reason to
  // its descriptor 2 and ends.
  GuestProcess StartUnprivileged(const std::vector<std::string>& arguments,
                                 const std::vector<int>& descriptors, const std::string& tree);
  // Enters the sandbox. Call once it exists, and before all functions below. `first` is its first
  // process, which must belong to GuestOwner(); `pidfd` refers to it.
  void Join(pid_t first, int pidfd);

  // Runs a program in all namespaces of the sandbox, unprivileged and without capabilities. Does
  // not wait for it. If it cannot be run, its process ends with status 127.
  GuestProcess Run(const GuestExec& exec);
  // Sends `signal` to every process in the sandbox except the first. Throws std::runtime_error also
  // if the guest prevents this for two seconds.
  void SignalAll(int signal);

  // Create non-blocking sockets in the sandbox's network. Listen() returns a listening TCP socket,
  // and first adds `address` to the loopback interface if that lacks it.
  OwnedFd Listen(const std::string& address, std::uint16_t port);
  OwnedFd TcpSocket();
  // Returns a socket for sock_diag(7), which lists the sockets in that network.
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
