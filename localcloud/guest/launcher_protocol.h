// The protocol between the local cloud and a sandbox's launcher (launcher.cc), over a stream socket
// pair. A request with its descriptors is followed by its reply, one at a time. Both ends come from
// the same build, so the protocol has no versions.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace localcloud {

struct LauncherRequest {
  enum class Kind : std::uint32_t {
    // Starts bubblewrap. Descriptors: the program's 0, 1, ...
    kStart,
    // Enters the sandbox; required before the requests below. Descriptors: its first process (a
    // pidfd), its outer and its inner user namespace.
    kJoin,
    // Runs a program in the sandbox. Descriptors: the program's 0, 1, 2.
    kRun,
    // Starts a process that sends `number` to all processes but the first one.
    kSignal,
    // Replies with a socket in the sandbox's network.
    kSocket,
  };
  Kind kind = Kind::kStart;
  // The text after the request: NUL-terminated strings. kStart: the tree, the arguments. kRun: the
  // directory, the arguments, the environment.
  std::uint32_t text_size = 0;
  std::uint32_t arguments = 0;
  std::uint32_t environment = 0;
  uid_t owner = 0;                // the user to change to if the launcher is root
  std::int32_t number = 0;        // the signal, or the socket's protocol
  std::int32_t domain = 0;        // of the socket
  std::int32_t type = 0;          // of the socket
  std::int32_t terminal = 0;      // 1: descriptor 0 becomes the controlling terminal
  std::int32_t listens = 0;       // 1: the socket listens on `address`
  std::int32_t adds_address = 0;  // 1: adds `address` to the loopback interface first
  sockaddr_in address{};
};

struct LauncherReply {
  pid_t pid = -1;          // of the new process, which is a child of the launcher's parent
  std::int32_t error = 0;  // errno; `failed` names the action that failed
  char failed[52]{};
};

inline constexpr std::size_t kMostDescriptors = 8;
// A kernel with its usual limits refuses to run a program with more (a quarter of an 8 MiB stack).
inline constexpr std::size_t kMostText = 2 << 20;
inline constexpr std::size_t kMostStrings = 8192;

// Arguments of the launcher's program. With kTheLauncher it is the launcher, and its descriptor 0
// is the socket. With kFirstProcess it is the first process in a sandbox: it prints kSandboxReady
// and ends at the end of its input.
inline constexpr char kTheLauncher[] = "launcher";
inline constexpr char kFirstProcess[] = "first-process";
inline constexpr char kSandboxReady[] = "sandbox is ready";

// A launcher that runs as root mounts the tree here, because an unprivileged user might not be able
// to reach it.
inline constexpr char kTreeMount[] = "/mnt";

}  // namespace localcloud
