#include "localcloud/guest/guest_sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/launcher_program.h"
#include "localcloud/guest/launcher_protocol.h"
#include "localcloud/loop/pipe.h"

namespace localcloud {
namespace {

std::string FindBubblewrap() {
  for (const char* path : {"/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"}) {
    if (access(path, X_OK) == 0) return path;
  }
  throw std::runtime_error("bubblewrap (bwrap) is not installed");
}

// Returns a read-only file without a name.
OwnedFd FileWith(const std::string& content) {
  OwnedFd fd(memfd_create("guest", MFD_CLOEXEC));
  if (!fd ||
      write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
      lseek(fd.get(), 0, SEEK_SET) != 0) {
    throw std::runtime_error(std::string("cannot make a file in memory: ") + std::strerror(errno));
  }
  return fd;
}

// Bubblewrap's descriptors after the standard ones.
constexpr char kInfoFd[] = "3";
constexpr char kBootIdFd[] = "4";
constexpr char kFirstProcessPath[] = "/proc/self/fd/5";

// Directories that the host keeps outside /usr. On other hosts these are links into /usr, and the
// tree has such links, too.
std::vector<std::string> DirectoriesBesideUsr() {
  std::vector<std::string> directories;
  for (const char* name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    struct stat what {};
    if (lstat(name, &what) == 0 && S_ISDIR(what.st_mode)) directories.emplace_back(name);
  }
  return directories;
}

// Bubblewrap would follow a symbolic link in the tree to its target on the host, and create
// directories there.
void RefuseLinks(const std::string& root) {
  const GuestFiles files(root);
  std::vector<std::string> mount_points = DirectoriesBesideUsr();
  mount_points.insert(mount_points.end(), {"/usr/local", "/etc/alternatives", "/dev", "/proc"});
  for (const std::string& path : mount_points) {
    if (!files.LeadsThroughLink(path.substr(1))) continue;
    throw std::runtime_error(path +
                             " leads through a symbolic link in this machine's tree: put a "
                             "directory in its place");
  }
}

std::vector<std::string> Arguments(const GuestSandbox::Options& options) {
  const std::string root = GuestOwner() != geteuid() ? kTreeMount : options.root;
  std::vector<std::string> arguments = {
      FindBubblewrap(), "--unshare-user", "--unshare-all", "--uid", "1000", "--gid", "1000",
      "--hostname", options.hostname, "--new-session", "--as-pid-1", "--clearenv", "--info-fd",
      kInfoFd, "--bind", root, "/", "--ro-bind", "/usr", "/usr", "--bind", root + "/usr/local",
      "/usr/local",
      // On Debian, some links in /usr/bin lead to /etc/alternatives.
      "--ro-bind-try", "/etc/alternatives", "/etc/alternatives", "--dev", "/dev", "--proc", "/proc",
      "--ro-bind-data", kBootIdFd, "/proc/sys/kernel/random/boot_id", "--symlink",
      "/run/localcloud/console", "/dev/console"};
  // /proc/keys lists keys of the host's user.
  if (access("/proc/keys", F_OK) == 0)
    arguments.insert(arguments.end(), {"--ro-bind", "/dev/null", "/proc/keys"});
  for (const std::string& name : DirectoriesBesideUsr())
    arguments.insert(arguments.end(), {"--ro-bind", name, name});
  // The first process only has to live until its input ends. The tree is an argument so that a
  // process list shows whose it is.
  arguments.insert(arguments.end(), {"--", kFirstProcessPath, kFirstProcess, options.root});
  return arguments;
}

// Returns the number after "child-pid" in bubblewrap's output (JSON without nesting).
pid_t ChildPid(const std::string& info) {
  const auto name = info.find("\"child-pid\"");
  const auto digits = name == std::string::npos ? name : info.find_first_of("0123456789", name);
  return digits == std::string::npos ? -1 : static_cast<pid_t>(std::atol(info.c_str() + digits));
}

// Returns the children of this process whose standard input is the same file as `fd`.
std::vector<pid_t> ChildrenReading(int fd) {
  struct stat wanted {};
  fstat(fd, &wanted);
  std::vector<pid_t> found;
  std::error_code failed;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", failed)) {
    std::ifstream children(thread.path() / "children");
    for (pid_t child; children >> child;) {
      struct stat input {};
      const std::string path = "/proc/" + std::to_string(child) + "/fd/0";
      if (stat(path.c_str(), &input) == 0 && input.st_dev == wanted.st_dev &&
          input.st_ino == wanted.st_ino) {
        found.push_back(child);
      }
    }
  }
  return found;
}

}  // namespace

GuestSandbox::GuestSandbox(const Options& options, std::function<void()> on_change)
    : reaper_(options.reaper), on_change_(std::move(on_change)) {
  RefuseLinks(options.root);
  Pipe output = MakePipe();
  // A file rather than a pipe: if we stopped reading a pipe, bubblewrap would end halfway through
  // its set-up.
  info_file_ = FileWith("");
  // This process holds the only other end of the first process's input. However this process ends,
  // the first process sees an end of input. (Bubblewrap's --die-with-parent does not help: if we
  // are killed during its set-up, its child waits forever for a parent that has gone.)
  Pipe life = MakePipe();
  const OwnedFd boot_id = FileWith(options.boot_id + "\n");
  monitor_ =
      entry_.StartUnprivileged(Arguments(options),
                               {life.read_end.get(), output.write_end.get(), output.write_end.get(),
                                info_file_.get(), boot_id.get(), LauncherProgram()},
                               options.root);
  life_pipe_ = std::move(life.write_end);
  output_pipe_ = std::move(output.read_end);
  fcntl(output_pipe_.get(), F_SETFL, O_NONBLOCK);
  watch_ = std::make_unique<FdWatch>(options.base, output_pipe_.get(), [this] { ReadStatus(); });
  watch_->Want(true, false);
  launcher_watch_ = std::make_unique<FdWatch>(options.base, entry_.launcher().pidfd.get(),
                                              [this] { LauncherEnded(); });
  launcher_watch_->Want(true, false);
  monitor_watch_ =
      std::make_unique<FdWatch>(options.base, monitor_.pidfd.get(), [this] { MonitorEnded(); });
  monitor_watch_->Want(true, false);
}

GuestSandbox::~GuestSandbox() {
  watch_.reset();
  launcher_watch_.reset();
  monitor_watch_.reset();
  Kill();
  GuestProcess launcher = entry_.ReleaseLauncher();
  reaper_->Adopt(launcher.pid, std::move(launcher.pidfd));
  reaper_->Adopt(monitor_.pid, std::move(monitor_.pidfd));
}

// The first process takes all others in its namespace with it, and then bubblewrap ends. If the
// first process does not exist yet, it will find its input at the end.
void GuestSandbox::Kill() {
  if (first_) syscall(SYS_pidfd_send_signal, first_.get(), SIGKILL, nullptr, 0);
  life_pipe_.Close();
}

OwnedFd GuestSandbox::End() {
  Kill();
  return OwnedFd(fcntl(monitor_.pidfd.get(), F_DUPFD_CLOEXEC, 0));
}

void GuestSandbox::ReadStatus() {
  char chunk[1024];
  const ssize_t n = read(output_pipe_.get(), chunk, sizeof chunk);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    watch_->Want(false, false);
    const auto end = output_.find_last_not_of('\n');
    const std::string last = end == std::string::npos ? "" : output_.substr(0, end + 1);
    return Settle(State::kFailed,
                  last.empty() ? "the sandbox ended" : last.substr(last.rfind('\n') + 1));
  }
  if (state_ != State::kStarting) return;
  output_.append(chunk, static_cast<std::size_t>(n));
  if (output_.find(kSandboxReady) == std::string::npos) return;
  output_.clear();
  // Bubblewrap reports its child's process id before it lets the child run.
  const ssize_t told = pread(info_file_.get(), chunk, sizeof chunk, 0);
  const pid_t first = told > 0 ? ChildPid(std::string(chunk, static_cast<std::size_t>(told))) : -1;
  if (first > 0) first_ = OwnedFd(static_cast<int>(syscall(SYS_pidfd_open, first, 0)));
  if (!first_) return Settle(State::kFailed, "bubblewrap did not name its child");
  try {
    entry_.Join(first, first_.get());
  } catch (const std::runtime_error& error) {
    Kill();
    return Settle(State::kFailed, error.what());
  }
  Settle(State::kReady, "");
}

void GuestSandbox::LauncherEnded() {
  launcher_watch_->Want(false, false);
  siginfo_t end{};
  waitid(P_PID, static_cast<id_t>(entry_.launcher().pid), &end, WEXITED | WNOHANG | WNOWAIT);
  Kill();
  Settle(State::kFailed, end.si_code == CLD_EXITED
                             ? "the launcher of the guest's processes ended with status " +
                                   std::to_string(end.si_status)
                             : "the launcher of the guest's processes was killed by signal " +
                                   std::to_string(end.si_status));
}

// Normally bubblewrap ends after its child, which has told the reason (ReadStatus). If bubblewrap
// was killed, its child is now ours. If that child is still setting up, it would wait forever for
// bubblewrap.
void GuestSandbox::MonitorEnded() {
  monitor_watch_->Want(false, false);
  const std::vector<pid_t> orphans = ChildrenReading(life_pipe_.get());
  for (const pid_t orphan : orphans) {
    OwnedFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, orphan, 0)));
    kill(orphan, SIGKILL);
    reaper_->Adopt(orphan, std::move(pidfd));
  }
  if (!orphans.empty()) Settle(State::kFailed, "bubblewrap was killed");
}

void GuestSandbox::Settle(State state, const std::string& failure) {
  if (state_ == State::kFailed) return;  // keep the first reason
  state_ = state;
  failure_ = failure;
  // A copy, because the callback may destroy this object.
  const std::function<void()> on_change = on_change_;
  on_change();
}

GuestProcess GuestSandbox::Run(const GuestExec& exec) const { return entry_.Run(exec); }
OwnedFd GuestSandbox::ListenOnMetadataAddress() const {
  return entry_.Listen("169.254.169.254", 80);
}
OwnedFd GuestSandbox::Listen(const std::string& address, std::uint16_t port) const {
  return entry_.Listen(address, port);
}

OwnedFd GuestSandbox::Connect(const std::string& source, const std::string& address,
                              std::uint16_t port) const {
  OwnedFd fd = entry_.TcpSocket();
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

OwnedFd GuestSandbox::DiagnosticSocket() const { return entry_.DiagnosticSocket(); }
void GuestSandbox::Freeze() const { entry_.SignalAll(SIGSTOP); }
void GuestSandbox::Thaw() const { entry_.SignalAll(SIGCONT); }

}  // namespace localcloud
