#include "localcloud/guest_sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "localcloud/guest_files.h"

namespace localcloud {
namespace {

constexpr char kReady[] = "sandbox is ready";

std::string FindBubblewrap() {
  for (const char* path : {"/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"}) {
    if (access(path, X_OK) == 0) return path;
  }
  throw std::runtime_error("bubblewrap (bwrap) is not installed");
}

struct Pipe {
  OwnedFd out;
  OwnedFd in;
};

Pipe MakePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error(std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  return {OwnedFd(ends[0]), OwnedFd(ends[1])};
}

// A read-only file that has no name.
OwnedFd FileWith(const std::string& content) {
  OwnedFd fd(memfd_create("guest", MFD_CLOEXEC));
  if (!fd ||
      write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
      lseek(fd.get(), 0, SEEK_SET) != 0) {
    throw std::runtime_error(std::string("cannot make a file in memory: ") + std::strerror(errno));
  }
  return fd;
}

// Descriptors of bubblewrap beside the standard ones.
constexpr char kInfoFd[] = "3";
constexpr char kBootIdFd[] = "4";

std::vector<std::string> Arguments(const GuestSandbox::Options& options) {
  const std::string root = GuestOwner() != geteuid() ? kTreeMount : options.root;
  std::vector<std::string> arguments = {
      FindBubblewrap(), "--unshare-user", "--unshare-all", "--uid", "1000", "--gid", "1000",
      "--hostname", options.hostname, "--new-session", "--as-pid-1", "--clearenv", "--info-fd",
      kInfoFd, "--bind", root, "/", "--ro-bind", "/usr", "/usr", "--bind", root + "/usr/local",
      "/usr/local",
      // Debian keeps the targets of some of /usr/bin's links there.
      "--ro-bind-try", "/etc/alternatives", "/etc/alternatives", "--dev", "/dev", "--proc", "/proc",
      "--ro-bind-data", kBootIdFd, "/proc/sys/kernel/random/boot_id", "--symlink",
      "/run/localcloud/console", "/dev/console"};
  // Where the host's /usr is not merged with them, they are directories of their own; else the
  // tree's links do.
  for (const char* name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    struct stat what {};
    if (lstat(name, &what) == 0 && S_ISDIR(what.st_mode)) {
      arguments.insert(arguments.end(), {"--ro-bind", name, name});
    }
  }
  // The first process only has to stay until its input ends: a search in what never comes, for a
  // text that tells in a list of processes whose it is. It leaves its dead foster children to the
  // kernel (SIGCHLD ignored; the shell itself would see them, so it is not the shell that stays).
  const std::string stay =
      std::string("trap '' CHLD; echo '") + kReady + "'; exec grep -qF -e \"$0\"";
  arguments.insert(arguments.end(), {"--", "/usr/bin/sh", "-c", stay, options.root});
  return arguments;
}

// The number after "child-pid" in what bubblewrap tells (JSON of one level).
pid_t ChildPid(const std::string& info) {
  const auto name = info.find("\"child-pid\"");
  const auto digits = name == std::string::npos ? name : info.find_first_of("0123456789", name);
  return digits == std::string::npos ? -1 : static_cast<pid_t>(std::atol(info.c_str() + digits));
}

}  // namespace

GuestSandbox::GuestSandbox(const Options& options, std::function<void()> on_settled)
    : reaper_(options.reaper), on_settled_(std::move(on_settled)) {
  Pipe output = MakePipe();
  // A file, since a pipe that we no longer read would end bubblewrap in the middle, too.
  info_file_ = FileWith("");
  // We hold the only other end of its input, and however we end, it reads that. (Bubblewrap's
  // --die-with-parent is no help: where we are killed while it sets up, its child waits for ever
  // for a parent that is gone.)
  Pipe life = MakePipe();
  const OwnedFd boot_id = FileWith(options.boot_id + "\n");
  monitor_ = StartUnprivileged(
      Arguments(options),
      {life.out.get(), output.in.get(), output.in.get(), info_file_.get(), boot_id.get()},
      options.root);
  life_pipe_ = std::move(life.in);
  output_pipe_ = std::move(output.out);
  fcntl(output_pipe_.get(), F_SETFL, O_NONBLOCK);
  watch_ = std::make_unique<FdWatch>(options.base, output_pipe_.get(), [this] { ReadStatus(); });
  watch_->Want(true, false);
}

GuestSandbox::~GuestSandbox() {
  watch_.reset();
  // The first process takes the rest of its namespace with it, and bubblewrap follows. One that is
  // not there yet will find its input at an end.
  if (first_) syscall(SYS_pidfd_send_signal, first_.get(), SIGKILL, nullptr, 0);
  life_pipe_ = OwnedFd();
  reaper_->Adopt(monitor_.pid, std::move(monitor_.pidfd));
}

void GuestSandbox::ReadStatus() {
  char chunk[1024];
  const ssize_t n = read(output_pipe_.get(), chunk, sizeof chunk);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    watch_->Want(false, false);
    const auto end = output_.find_last_not_of('\n');
    const std::string last = end == std::string::npos ? "" : output_.substr(0, end + 1);
    Settle(State::kFailed, last.empty() ? "the sandbox ended" : last.substr(last.rfind('\n') + 1));
    return;
  }
  output_.append(chunk, static_cast<std::size_t>(n));
  if (state_ != State::kStarting || output_.find(kReady) == std::string::npos) return;
  // Bubblewrap told its child's number before it let the child run.
  const ssize_t told = pread(info_file_.get(), chunk, sizeof chunk, 0);
  if (told > 0) first_pid_ = ChildPid(std::string(chunk, static_cast<std::size_t>(told)));
  if (first_pid_ > 0) first_ = OwnedFd(static_cast<int>(syscall(SYS_pidfd_open, first_pid_, 0)));
  output_.clear();
  Settle(first_ ? State::kReady : State::kFailed,
         first_ ? "" : "bubblewrap did not name its child");
}

void GuestSandbox::Settle(State state, const std::string& failure) {
  const bool first_time = state_ == State::kStarting;
  state_ = state;
  failure_ = failure;
  if (first_time) std::exchange(on_settled_, nullptr)();
}

GuestProcess GuestSandbox::Run(const GuestExec& exec) const {
  return EnterSandbox(first_.get(), exec);
}
OwnedFd GuestSandbox::ListenOnMetadataAddress() const {
  return ListenInSandbox(first_pid_, "169.254.169.254", 80);
}
OwnedFd GuestSandbox::Listen(const std::string& address, std::uint16_t port) const {
  return ListenInSandbox(first_pid_, address, port);
}

OwnedFd GuestSandbox::Connect(const std::string& source, const std::string& address,
                              std::uint16_t port) const {
  OwnedFd fd = TcpSocketInSandbox(first_pid_);
  sockaddr_in from{};
  sockaddr_in to{};
  from.sin_family = to.sin_family = AF_INET;
  to.sin_port = htons(port);
  inet_pton(AF_INET, source.c_str(), &from.sin_addr);
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
      (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
       errno != EINPROGRESS)) {
    throw std::runtime_error("cannot connect to " + address + ":" + std::to_string(port) +
                             " in the sandbox: " + std::strerror(errno));
  }
  return fd;
}

OwnedFd GuestSandbox::DiagnosticSocket() const { return DiagnosticSocketInSandbox(first_pid_); }
void GuestSandbox::Freeze() const { SignalSandbox(first_.get(), SIGSTOP); }
void GuestSandbox::Thaw() const { SignalSandbox(first_.get(), SIGCONT); }

}  // namespace localcloud
