#include "localcloud/guest/sandbox_entry.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/launcher_program.h"
#include "localcloud/guest/launcher_protocol.h"

namespace localcloud {
namespace {

constexpr int kPatienceMs = 20'000;  // an exchange takes about 0.1 ms

[[noreturn]] void ThrowEntryError(const std::string& what, int error) {
  throw std::runtime_error("cannot " + what + ": " + std::strerror(error));
}

GuestProcess Watched(pid_t pid) {
  GuestProcess process;
  process.pid = pid;
  process.pidfd = OwnedFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process.pidfd) {
    const int error = errno;
    kill(pid, SIGKILL);
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    ThrowEntryError("watch a process", error);
  }
  return process;
}

// Returns a copy whose number is above the ones that descriptors are moved to.
OwnedFd HighCopy(int fd) {
  OwnedFd copy(fcntl(fd, F_DUPFD_CLOEXEC, 16));
  if (!copy) ThrowEntryError("pass a file", errno);
  return copy;
}

// Starts the launcher with an empty environment, with `control` as its descriptor 0, and otherwise
// only with the descriptor of its own program.
pid_t SpawnLauncher(int control) {
  const OwnedFd control_copy = HighCopy(control);
  const OwnedFd program = HighCopy(LauncherProgram());
  constexpr int kProgram = 3;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, control_copy.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, program.get(), kProgram);
  posix_spawn_file_actions_addclosefrom_np(&actions, kProgram + 1);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // Its own session, because Ctrl-C in the caller's terminal is not meant for guests.
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  std::string name = "localcloud-launcher";
  std::string mode = kTheLauncher;
  char* const arguments[] = {name.data(), mode.data(), nullptr};
  char* const environment[] = {nullptr};
  pid_t pid = -1;
  const std::string path = "/proc/self/fd/" + std::to_string(kProgram);
  const int error = posix_spawn(&pid, path.c_str(), &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) ThrowEntryError("start the launcher of guests' processes", error);
  return pid;
}

void Append(std::string* text, const std::vector<std::string>& strings) {
  for (const std::string& string : strings) text->append(string.c_str(), string.size() + 1);
}

union ControlBuffer {
  cmsghdr header;
  char bytes[CMSG_SPACE(kMostDescriptors * sizeof(int))];
};

}  // namespace

SandboxEntry::SandboxEntry() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    ThrowEntryError("make a socket", errno);
  control_ = OwnedFd(ends[0]);
  const OwnedFd launchers(ends[1]);
  launcher_ = Watched(SpawnLauncher(launchers.get()));
}

SandboxEntry::~SandboxEntry() {
  if (!launcher_.pidfd) return;
  kill(launcher_.pid, SIGKILL);
  while (waitpid(launcher_.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

GuestProcess SandboxEntry::ReleaseLauncher() {
  control_.Close();
  kill(launcher_.pid, SIGKILL);
  return std::move(launcher_);
}

// The exchange cannot continue: a late reply could be taken for the reply to a later request.
void SandboxEntry::Break(const std::string& why) {
  kill(launcher_.pid, SIGKILL);
  control_.Close();
  throw std::runtime_error("the launcher of the guest's processes " + why);
}

// Watches the launcher's end too, not only the socket: a process that the guest stopped during its
// start may hold a copy of the other end.
void SandboxEntry::WaitUntil(short ready) {
  if (!control_) throw std::runtime_error("the launcher of the guest's processes has ended");
  std::array<pollfd, 2> either{pollfd{control_.get(), ready, 0},
                               pollfd{launcher_.pidfd.get(), POLLIN, 0}};
  int count = -1;
  do count = poll(either.data(), either.size(), kPatienceMs);
  while (count < 0 && errno == EINTR);
  if (count == 0) Break("does not answer");
  if ((either[0].revents & ready) == 0) Break("has ended");
}

void SandboxEntry::Send(const LauncherRequest& request, const std::string& text,
                        const std::vector<int>& descriptors) {
  LauncherRequest head = request;
  const std::size_t whole = sizeof head + text.size();
  for (std::size_t done = 0; done < whole;) {
    WaitUntil(POLLOUT);
    const std::size_t head_done = std::min(done, sizeof head);
    const std::size_t text_done = done - head_done;
    std::array<iovec, 2> parts{
        iovec{reinterpret_cast<char*>(&head) + head_done, sizeof head - head_done},
        iovec{const_cast<char*>(text.data()) + text_done, text.size() - text_done}};
    ControlBuffer control{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (done == 0 && !descriptors.empty()) {
      const std::size_t size = descriptors.size() * sizeof(int);
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE(size);
      control.header.cmsg_len = CMSG_LEN(size);
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      std::memcpy(CMSG_DATA(&control.header), descriptors.data(), size);
    }
    const ssize_t n = sendmsg(control_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EINTR && errno != EAGAIN) Break("cannot be asked");
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

LauncherReply SandboxEntry::Receive(OwnedFd* reply_fd) {
  LauncherReply reply;
  iovec to{&reply, sizeof reply};
  ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &to;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  WaitUntil(POLLIN);
  if (recvmsg(control_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) !=
      static_cast<ssize_t>(sizeof reply)) {
    Break("has ended");
  }
  const cmsghdr* part = CMSG_FIRSTHDR(&message);
  if (part != nullptr && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
    OwnedFd received(fd);
    if (reply_fd != nullptr) *reply_fd = std::move(received);
  }
  return reply;
}

LauncherReply SandboxEntry::Ask(LauncherRequest* request, const std::string& text,
                                const std::vector<int>& descriptors, OwnedFd* reply_fd) {
  if (text.size() > kMostText || request->arguments + request->environment > kMostStrings) {
    throw std::runtime_error("cannot start a process: the command is too long");
  }
  request->text_size = static_cast<std::uint32_t>(text.size());
  request->owner = GuestOwner();
  Send(*request, text, descriptors);
  const LauncherReply reply = Receive(reply_fd);
  if (reply.error != 0) ThrowEntryError(reply.failed, reply.error);
  return reply;
}

GuestProcess SandboxEntry::StartedBy(LauncherRequest* request, const std::string& text,
                                     const std::vector<int>& descriptors) {
  return Watched(Ask(request, text, descriptors).pid);
}

GuestProcess SandboxEntry::StartUnprivileged(const std::vector<std::string>& arguments,
                                             const std::vector<int>& descriptors,
                                             const std::string& tree) {
  LauncherRequest request;
  request.kind = LauncherRequest::Kind::kStart;
  request.arguments = static_cast<std::uint32_t>(arguments.size());
  std::string text;
  Append(&text, {tree});
  Append(&text, arguments);
  return StartedBy(&request, text, descriptors);
}

// The sandbox has two nested user namespaces. Its mounts and network belong to the outer one, its
// processes to the inner one.
void SandboxEntry::Join(pid_t first, int pidfd) {
  const std::string path = "/proc/" + std::to_string(first) + "/ns/user";
  const OwnedFd inner(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const OwnedFd outer(inner ? ioctl(inner.get(), NS_GET_PARENT) : -1);
  if (!outer) ThrowEntryError("find the sandbox's namespaces", errno);
  LauncherRequest request;
  request.kind = LauncherRequest::Kind::kJoin;
  Ask(&request, "", {pidfd, outer.get(), inner.get()});
}

GuestProcess SandboxEntry::Run(const GuestExec& exec) {
  LauncherRequest request;
  request.kind = LauncherRequest::Kind::kRun;
  request.arguments = static_cast<std::uint32_t>(exec.arguments.size());
  request.environment = static_cast<std::uint32_t>(exec.environment.size());
  request.terminal = exec.terminal ? 1 : 0;
  std::string text;
  Append(&text, {exec.directory});
  Append(&text, exec.arguments);
  Append(&text, exec.environment);
  return StartedBy(&request, text, {exec.in, exec.out, exec.err});
}

void SandboxEntry::SignalAll(int signal) {
  LauncherRequest request;
  request.kind = LauncherRequest::Kind::kSignal;
  request.number = signal;
  const GuestProcess sender = StartedBy(&request, "", {});
  pollfd end{sender.pidfd.get(), POLLIN, 0};
  constexpr int kTries = 200;
  constexpr int kTryMs = 10;
  bool ended = false;
  for (int i = 0; i < kTries && !ended; ++i) {
    ended = poll(&end, 1, kTryMs) == 1;
    if (!ended) kill(sender.pid, SIGCONT);  // the guest may have stopped it
  }
  if (!ended) kill(sender.pid, SIGKILL);
  int status = 0;
  while (waitpid(sender.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw std::runtime_error("cannot signal the guest: it keeps us from it");
}

OwnedFd SandboxEntry::SocketBy(LauncherRequest* request) {
  request->kind = LauncherRequest::Kind::kSocket;
  OwnedFd fd;
  Ask(request, "", {}, &fd);
  if (!fd) throw std::runtime_error("cannot make a socket in the sandbox: no descriptor is left");
  return fd;
}

OwnedFd SandboxEntry::Listen(const std::string& address, std::uint16_t port) {
  LauncherRequest request;
  request.domain = AF_INET;
  request.type = SOCK_STREAM;
  request.listens = 1;
  request.address.sin_family = AF_INET;
  request.address.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &request.address.sin_addr);
  // The loopback interface has all of 127/8 from the start.
  request.adds_address = ntohl(request.address.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET ? 1 : 0;
  return SocketBy(&request);
}

OwnedFd SandboxEntry::TcpSocket() {
  LauncherRequest request;
  request.domain = AF_INET;
  request.type = SOCK_STREAM;
  return SocketBy(&request);
}

OwnedFd SandboxEntry::DiagnosticSocket() {
  LauncherRequest request;
  request.domain = AF_NETLINK;
  request.type = SOCK_RAW;
  request.number = NETLINK_SOCK_DIAG;
  return SocketBy(&request);
}

}  // namespace localcloud
