#include "localcloud/qemu/qemu_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/pipe.h"
#include "localcloud/loop/printable.h"
#include "localcloud/loop/timers.h"
#include "localcloud/qemu/qemu_child.h"
#include "localcloud/qemu/qemu_command.h"
#include "localcloud/qemu/qemu_host.h"
#include "localcloud/qemu/qmp_connection.h"

namespace localcloud {
namespace {

using nlohmann::json;

void SetNonBlocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

std::string StringOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// A file that is removed unless it is kept.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(std::string path) : path_(std::move(path)) {}
  ~UnfinishedFile() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  void Keep() { path_.clear(); }

 private:
  std::string path_;
};

// The last lines of QEMU's messages.
class MessageTail {
 public:
  void Append(const char* bytes, std::size_t count) {
    constexpr std::size_t kKept = 4096;
    text_.append(bytes, count);
    if (text_.size() > 2 * kKept) text_.erase(0, text_.size() - kKept);
  }
  // Returns the last lines that are no warnings, as one. The first of them is often the one that
  // helps. QEMU knows the disk's layers by number only: in its place, `disk` is named.
  std::string Last(const std::string& disk) const {
    std::deque<std::string> lines;
    std::istringstream text(text_);
    for (std::string line; std::getline(text, line);) {
      if (line.empty() || line.find(": warning: ") != std::string::npos) continue;
      lines.push_back(WithoutOption(line, disk));
      constexpr std::size_t kMostLines = 3;
      if (lines.size() > kMostLines) lines.pop_front();
    }
    return Printable(fmt::format("{}", fmt::join(lines, "; ")));
  }

 private:
  static std::string WithoutOption(std::string line, const std::string& disk) {
    const std::string program = "qemu-system-x86_64: ";
    if (line.starts_with(program)) line.erase(0, program.size());
    const std::size_t end = line.find("}: ");
    if (!line.starts_with("-blockdev {") || end == std::string::npos) return line;
    return "the disk " + disk + ": " + line.substr(end + 3);
  }

  std::string text_;
};

}  // namespace

class QemuProcess::Impl {
 public:
  Impl(Options options, QemuObserver* observer)
      : options_(std::move(options)), observer_(observer), timers_(options_.base) {}

  void Start() {
    OpenSavedMemory();
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw std::runtime_error(std::string("cannot make a socket: ") + std::strerror(errno));
    OwnedFd monitor(ends[0]);
    const OwnedFd qemus_monitor(ends[1]);
    Pipe serial = MakePipe();
    Pipe messages = MakePipe();
    SetNonBlocking(serial.read_end.get());
    SetNonBlocking(messages.read_end.get());
    const QemuCommand command = MakeQemuCommand(options_, messages.write_end.get(),
                                                qemus_monitor.get(), serial.write_end.get());
    child_ = StartQemuChild(FindQemu(), command.arguments, command.descriptors, options_.kvm);
    serial_ = std::move(serial.read_end);
    messages_ = std::move(messages.read_end);
    Watch(std::move(monitor));
    SendFirstCommands();
  }

  ~Impl() {
    if (!child_.pidfd) return;
    kill(child_.pid, SIGKILL);
    options_.reaper->Adopt(child_.pid, std::move(child_.pidfd));
  }

  void PressPowerButton() {
    if (power_button_) return;  // QEMU has not taken the last press yet
    power_button_ = true;
    monitor_->Execute("system_powerdown", json::object(),
                      [this](const json&, const std::string&) { power_button_ = false; });
  }

  void SaveMemory(const std::string& path) {
    saving_ = true;
    OwnedFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) {
      const std::string error = "cannot create " + Printable(path) + ": " + std::strerror(errno);
      timers_.After({}, [this, error] { FinishSaving(Clock::now(), error); });
      return;
    }
    unfinished_.emplace(path);
    const auto fail = [this](const json&, const std::string& error) {
      if (!error.empty()) FinishSaving(Clock::now(), error);
    };
    // QEMU takes the commands one after the other. The first failure is reported.
    monitor_->Execute("stop", json::object(), fail);
    monitor_->Execute("migrate-set-capabilities", MigrationEvents());
    // Bytes per second; the default is 128 MiB.
    monitor_->Execute("migrate-set-parameters", {{"max-bandwidth", std::int64_t{1} << 40}});
    monitor_->Execute("getfd", {{"fdname", "memory"}}, fail, std::move(file));
    monitor_->Execute("migrate", {{"uri", "fd:memory"}}, fail);
  }

  void Continue() { monitor_->Execute("cont", json::object(), EndIfRefused()); }

  void End() {
    to_end_ = true;
    if (child_.pidfd) kill(child_.pid, SIGKILL);
  }

  pid_t pid() const { return child_.pid; }

 private:
  static json MigrationEvents() {
    return {{"capabilities", json::array({{{"capability", "events"}, {"state", true}}})}};
  }

  void OpenSavedMemory() {
    if (options_.saved_memory.empty()) return;
    saved_memory_ = OwnedFd(open(options_.saved_memory.c_str(), O_RDONLY | O_CLOEXEC));
    if (!saved_memory_) {
      throw std::runtime_error("cannot open the saved memory " + Printable(options_.saved_memory) +
                               ": " + std::strerror(errno));
    }
  }

  void Watch(OwnedFd monitor) {
    monitor_ = std::make_unique<QmpConnection>(
        options_.base, std::move(monitor),
        QmpConnection::Handlers{[this](const QmpEvent& event) { Handle(event); },
                                [this](const std::string& error) { MonitorEnded(error); }});
    serial_watch_ =
        std::make_unique<FdWatch>(options_.base, serial_.get(), [this] { ReadSerial(); });
    serial_watch_->Want(true, false);
    messages_watch_ =
        std::make_unique<FdWatch>(options_.base, messages_.get(), [this] { ReadMessages(); });
    messages_watch_->Want(true, false);
    end_watch_ = std::make_unique<FdWatch>(options_.base, child_.pidfd.get(), [this] { Ended(); });
    end_watch_->Want(true, false);
  }

  void SendFirstCommands() {
    if (!saved_memory_) return monitor_->Execute("cont", json::object(), EndIfRefused());
    monitor_->Execute("migrate-set-capabilities", MigrationEvents(), EndIfRefused());
    monitor_->Execute("getfd", {{"fdname", "memory"}}, EndIfRefused(), std::move(saved_memory_));
    monitor_->Execute("migrate-incoming", {{"uri", "fd:memory"}}, EndIfRefused());
    resuming_ = true;
  }

  QmpConnection::Reply EndIfRefused() {
    return [this](const json&, const std::string& error) {
      if (!error.empty()) Fail("QEMU does not let the machine run: " + error);
    };
  }

  void Fail(const std::string& reason) {
    if (!child_.pidfd) return;
    if (failure_.empty()) failure_ = reason;
    kill(child_.pid, SIGKILL);
  }

  void MonitorEnded(const std::string& error) {
    if (!error.empty()) return Fail(error);
    // QEMU closes the monitor when it ends, after its disks. One that does not end is of no use.
    if (child_.pidfd) timers_.After(std::chrono::seconds(5), [this] { Fail("QEMU hangs"); });
  }

  // Each of these may destroy this object.
  void Handle(const QmpEvent& event) {
    const std::string reason = StringOf(event.data, "reason");
    if (event.name == "RESUME") return observer_->OnVirtualMachineRuns(event.at);
    if (event.name == "MIGRATION") return HandleMigration(StringOf(event.data, "status"), event.at);
    if (event.name == "GUEST_PANICKED" && !std::exchange(panicked_, true))
      return observer_->OnGuestPanic(event.at);
    if (event.name != "SHUTDOWN" || off_) return;
    if (reason == "guest-shutdown" || reason == "guest-reset") off_ = true;
    if (reason == "guest-shutdown") return observer_->OnGuestPowerOff(event.at);
    if (reason == "guest-reset") return observer_->OnGuestReset(event.at);
  }

  void HandleMigration(const std::string& status, Clock::time_point at) {
    if (!resuming_ && !saving_) return;
    if (resuming_) {
      if (status != "completed") return;  // QEMU ends by itself if it failed
      resuming_ = false;
      // Saved as "paused", so it stays so until now.
      return monitor_->Execute("cont", json::object(), EndIfRefused());
    }
    if (status == "completed") return AwaitSaved(at);
    if (status != "failed") return;
    monitor_->Execute("query-migrate", json::object(), [this, at](const json& result, const auto&) {
      const std::string text = result.is_object() ? StringOf(result, "error-desc") : "";
      FinishSaving(at, text.empty() ? "QEMU could not write it" : Printable(text));
    });
  }

  // QEMU says "completed" a moment before it has left the state in which it refuses to continue,
  // and has no event for the latter.
  void AwaitSaved(Clock::time_point at) {
    monitor_->Execute(
        "query-status", json::object(), [this, at](const json& result, const std::string& error) {
          if (!error.empty()) return FinishSaving(at, error);
          const std::string status = result.is_object() ? StringOf(result, "status") : "";
          if (status != "finish-migrate") return FinishSaving(at, "");
          timers_.After(std::chrono::milliseconds(1), [this, at] { AwaitSaved(at); });
        });
  }

  void FinishSaving(Clock::time_point at, const std::string& error) {
    if (!std::exchange(saving_, false)) return;
    if (error.empty()) unfinished_->Keep();
    unfinished_.reset();
    observer_->OnMemorySaved(at, error);
  }

  // As read(), without interruptions.
  static ssize_t ReadInto(int fd, std::array<char, 65536>* chunk) {
    ssize_t n = -1;
    do n = read(fd, chunk->data(), chunk->size());
    while (n < 0 && errno == EINTR);
    return n;
  }

  // One read takes all that the pipe holds. The pause after it joins the single characters that
  // QEMU writes, which would keep the event loop busy otherwise.
  void ReadSerial() {
    std::array<char, 65536> chunk;
    const ssize_t count = ReadInto(serial_.get(), &chunk);
    if (count < 0) return;
    serial_watch_->Want(false, false);
    if (count == 0) return;  // QEMU has closed it
    timers_.After(kSerialDelay, [this] { serial_watch_->Want(true, false); });
    const std::weak_ptr<bool> alive = alive_;
    if (static_cast<std::size_t>(count) == chunk.size()) observer_->OnSerialFull();
    if (alive.expired()) return;
    observer_->OnSerial(chunk.data(), static_cast<std::size_t>(count));
  }

  void ReadMessages() {
    std::array<char, 65536> chunk;
    const ssize_t count = ReadInto(messages_.get(), &chunk);
    if (count == 0) messages_watch_->Want(false, false);
    if (count > 0) tail_.Append(chunk.data(), static_cast<std::size_t>(count));
  }

  std::string Reason(const siginfo_t& end) const {
    if (to_end_ || off_) return "";
    if (!failure_.empty()) return failure_;
    const std::string last = tail_.Last(options_.disk);
    const std::string more = last.empty() ? "" : ": " + last;
    if (end.si_code == CLD_EXITED && !last.empty()) return "QEMU: " + last;
    if (end.si_code == CLD_EXITED)
      return "QEMU ended with status " + std::to_string(end.si_status) + ", without a message";
    const char* const signal = sigdescr_np(end.si_status);
    return "QEMU was ended by signal " + std::to_string(end.si_status) + " (" +
           (signal != nullptr ? signal : "?") + ")" + more;
  }

  void Ended() {
    siginfo_t end{};
    if (waitid(P_PID, static_cast<id_t>(child_.pid), &end, WEXITED | WNOHANG) != 0 ||
        end.si_pid == 0)
      return;
    end_watch_.reset();
    child_.pidfd.Close();
    // What it said before it ended.
    const std::weak_ptr<bool> alive = alive_;
    monitor_->Drain();
    if (alive.expired()) return;
    std::array<char, 65536> chunk;
    for (ssize_t n; (n = ReadInto(messages_.get(), &chunk)) > 0;)
      tail_.Append(chunk.data(), static_cast<std::size_t>(n));
    for (ssize_t n; (n = ReadInto(serial_.get(), &chunk)) > 0;) {
      observer_->OnSerial(chunk.data(), static_cast<std::size_t>(n));
      if (alive.expired()) return;
    }
    messages_watch_->Want(false, false);
    serial_watch_->Want(false, false);
    unfinished_.reset();
    observer_->OnEnd(Reason(end));
  }

  Options options_;
  QemuObserver* observer_;
  Timers timers_;
  QemuChild child_;  // without a pidfd once it has been waited for
  OwnedFd saved_memory_;
  OwnedFd serial_;
  OwnedFd messages_;
  std::unique_ptr<QmpConnection> monitor_;
  std::unique_ptr<FdWatch> serial_watch_;
  std::unique_ptr<FdWatch> messages_watch_;
  std::unique_ptr<FdWatch> end_watch_;
  std::optional<UnfinishedFile> unfinished_;  // of SaveMemory()
  MessageTail tail_;
  std::string failure_;
  bool power_button_ = false;
  bool resuming_ = false;  // until the saved memory is loaded
  bool saving_ = false;
  bool panicked_ = false;
  bool off_ = false;     // the guest has switched itself off, or asks to be booted again
  bool to_end_ = false;  // by End()
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

QemuProcess::QemuProcess(Options options, QemuObserver* observer)
    : impl_(std::make_unique<Impl>(std::move(options), observer)) {
  impl_->Start();
}
QemuProcess::~QemuProcess() = default;
void QemuProcess::PressPowerButton() { impl_->PressPowerButton(); }
void QemuProcess::SaveMemory(const std::string& path) { impl_->SaveMemory(path); }
void QemuProcess::Continue() { impl_->Continue(); }
void QemuProcess::End() { impl_->End(); }
pid_t QemuProcess::pid() const { return impl_->pid(); }

}  // namespace localcloud
