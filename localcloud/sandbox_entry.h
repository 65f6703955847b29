// Starts processes in the namespaces of a sandbox.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "localcloud/owned_fd.h"

namespace localcloud {

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

// A child of this process, leader of a session and process group of its own. It ends without a
// SIGCHLD, so that nobody else in this process takes notice: wait for it with __WALL.
struct GuestProcess {
  pid_t pid = -1;
  OwnedFd pidfd;
};

inline constexpr char kGuestPath[] =
    "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

// Starts `exec` beside the process that `sandbox` (a pidfd) refers to, in all its namespaces:
// unprivileged, without capabilities, without any other descriptor of this process. The sandbox
// must belong to GuestOwner(). Takes some 0.3 ms and does not wait for the program. Throws
// std::runtime_error where the sandbox cannot be entered; where the program cannot be run, it ends
// with status 127.
GuestProcess EnterSandbox(int sandbox, const GuestExec& exec);

// Sends `signal` to every process in the sandbox but its first. Throws std::runtime_error.
void SignalSandbox(int sandbox, int signal);

// Sockets in the network of the process `inside` a sandbox, non-blocking; each takes some 0.3 ms.
// All throw std::runtime_error.
// A listening TCP socket; the loopback interface is given `address` first where it lacks it.
OwnedFd ListenInSandbox(pid_t inside, const std::string& address, std::uint16_t port);
OwnedFd TcpSocketInSandbox(pid_t inside);
// For sock_diag(7): which sockets there are in that network.
OwnedFd DiagnosticSocketInSandbox(pid_t inside);

// The same way from plain parts, for what starts a sandbox: a child that runs `arguments` as
// GuestOwner(), with `descriptors[i]` as its descriptor i and no others. Where this process is
// root, the child sees `tree` at kTreeMount (an unprivileged user might not reach it otherwise), in
// a mount namespace of its own. The child goes on where we end; guest_sandbox.cc says how it learns
// of that. Where it cannot become what it should, it says why on its descriptor 2 and ends. Throws
// std::runtime_error where there is no child.
inline constexpr char kTreeMount[] = "/mnt";
GuestProcess StartUnprivileged(const std::vector<std::string>& arguments,
                               const std::vector<int>& descriptors, const std::string& tree);

}  // namespace localcloud
