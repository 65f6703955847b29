// What the local cloud and a sandbox's launcher (launcher.cc) say to each other, over a stream
// socket pair: a request with its descriptors, then its reply, one at a time. Both are built
// together.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace localcloud {

struct LauncherRequest {
  enum class Kind : std::uint32_t {
    kStart,   // bubblewrap; descriptors: the program's 0, 1, ...
    kJoin,    // the sandbox; descriptors: its first process (a pidfd), its outer and its inner user
              // namespace. All the following requests come after it.
    kRun,     // a program in the sandbox; descriptors: the program's 0, 1, 2
    kSignal,  // a process that sends `number` to all but the first one
    kSocket,  // replies with a socket in the sandbox's network
  };
  Kind kind = Kind::kStart;
  // The text that follows: NUL-terminated strings. kStart: the tree, the arguments. kRun: the
  // directory, the arguments, the environment.
  std::uint32_t text_size = 0;
  std::uint32_t arguments = 0;
  std::uint32_t environment = 0;
  uid_t owner = 0;                // the user to become if the launcher is root
  std::int32_t number = 0;        // a signal, or a socket's protocol
  std::int32_t domain = 0;        // of a socket
  std::int32_t type = 0;          // of a socket
  std::int32_t terminal = 0;      // whether descriptor 0 becomes the controlling terminal
  std::int32_t listens = 0;       // whether the socket listens on `address`
  std::int32_t adds_address = 0;  // whether the loopback interface is given that address first
  sockaddr_in address{};
};

struct LauncherReply {
  pid_t pid = -1;          // of the new process, a child of the launcher's parent
  std::int32_t error = 0;  // an errno: `failed` says what could not be done
  char failed[52]{};
};

inline constexpr std::size_t kMostDescriptors = 8;
// A kernel with its usual limits runs nothing with more (a quarter of an 8 MiB stack).
inline constexpr std::size_t kMostText = 2 << 20;
inline constexpr std::size_t kMostStrings = 8192;

// Arguments of the launcher's program. As kTheLauncher, its descriptor 0 is the socket. As
// kFirstProcess it is the first process in a sandbox: it prints kSandboxReady, and ends when its
// input does.
inline constexpr char kTheLauncher[] = "launcher";
inline constexpr char kFirstProcess[] = "first-process";
inline constexpr char kSandboxReady[] = "sandbox is ready";

// Where a launcher that is root mounts the tree (an unprivileged user might not reach it
// otherwise).
inline constexpr char kTreeMount[] = "/mnt";

}  // namespace localcloud
