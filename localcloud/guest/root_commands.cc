#include "localcloud/guest/root_commands.h"

#include <signal.h>

#include <stdexcept>
#include <utility>

namespace localcloud {
namespace {

constexpr std::chrono::seconds kLimit{90};
// How much of each stream is read at a time before the others get their turn.
constexpr std::size_t kReadBytes = 16384;
constexpr std::chrono::milliseconds kRest{1};
constexpr std::size_t kLongestLine = 4096;
// Limits a command's log file, which is on the host's disk.
constexpr std::size_t kLogBytes = 16 << 20;
// More than a command's pipes can hold (fs.pipe-max-size). Output beyond this was written by
// background processes that it left behind.
constexpr std::size_t kPipeBytes = 2 << 20;

}  // namespace

RootCommands::RootCommands(event_base* base, ChildReaper* reaper, const GuestSandbox& sandbox,
                           const GuestFiles& files, std::vector<RootCommand> commands,
                           std::function<void(const std::string&)> on_line,
                           std::function<void()> on_done)
    : base_(base),
      reaper_(reaper),
      sandbox_(sandbox),
      files_(files),
      commands_(commands.begin(), commands.end()),
      on_line_(std::move(on_line)),
      on_done_(std::move(on_done)),
      timers_(base) {
  timers_.After({}, [this] { Next(); });
}

RootCommands::~RootCommands() = default;

void RootCommands::Next() {
  timers_.Cancel(limit_);
  DropFinished();
  if (commands_.empty()) {
    on_done_();
    return;
  }
  GuestExec exec;
  // A user namespace makes the guest's user root, as sudo does in a guest.
  exec.arguments = {"/usr/bin/unshare",    "--map-root-user", "--", "/bin/sh", "-c",
                    commands_.front().line};
  exec.environment = {"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh", kGuestPath};
  running_.emplace_back();
  Running* const running = &running_.back();
  running->what = std::move(commands_.front());
  commands_.pop_front();
  try {
    running->command =
        std::make_unique<GuestCommand>(base_, reaper_, sandbox_, std::move(exec), std::nullopt,
                                       [this, running] { Progress(running); });
  } catch (const std::runtime_error& error) {
    running_.pop_back();
    on_line_(error.what());
    timers_.After({}, [this] { Next(); });
    return;
  }
  running->command->CloseInput();
  running->command->Want(true, true, false);
  if (!running->what.limited) return;
  limit_ = timers_.After(kLimit, [this, running] {
    on_line_("a start job has timed out");
    running->command->Signal(SIGKILL);
  });
}

void RootCommands::Progress(Running* running) {
  const auto& exit = running->command->exit();
  const bool ended = exit.has_value();  // checked before its last output is read
  const std::size_t out = Read(running, GuestCommand::Stream::kOut);
  const std::size_t err = Read(running, GuestCommand::Stream::kErr);
  if (out == kReadBytes || err == kReadBytes) {
    running->command->Want(false, false, false);
    running->rest = timers_.After(kRest, [running] { running->command->Want(true, true, false); });
  }
  if (running->told || !ended || !HasSaidAll(running, out + err)) return;
  running->told = true;
  if (!running->partial.empty()) on_line_(std::exchange(running->partial, {}));
  if (exit->status != 0) on_line_("failed with status " + std::to_string(exit->status));
  // Deferred: this is called from within the command.
  timers_.Cancel(limit_);
  limit_ = timers_.After({}, [this] { Next(); });
}

bool RootCommands::HasSaidAll(Running* running, std::size_t read) const {
  running->after_exit += read;
  return running->after_exit >= kPipeBytes ||
         (!running->command->Readable(GuestCommand::Stream::kOut) &&
          !running->command->Readable(GuestCommand::Stream::kErr));
}

// Returns the number of bytes read, at most kReadBytes.
std::size_t RootCommands::Read(Running* running, GuestCommand::Stream stream) {
  char chunk[kReadBytes];
  const std::size_t n = running->command->Read(stream, chunk, sizeof chunk);
  if (n > 0) Log(running, std::string(chunk, n));
  for (std::size_t i = 0; i < n; ++i) {
    if (chunk[i] != '\n') running->partial += chunk[i];
    if (chunk[i] == '\n' || running->partial.size() >= kLongestLine)
      on_line_(std::exchange(running->partial, {}));
  }
  return n;
}

void RootCommands::Log(Running* running, const std::string& bytes) {
  if (running->what.log.empty()) return;
  const bool full = running->logged + bytes.size() > kLogBytes;
  try {
    files_.Append(running->what.log, full ? "\n(localcloud keeps no more of it)\n" : bytes);
  } catch (const std::runtime_error&) {
    // The guest has replaced the file by something else. The console still gets the output.
    running->what.log.clear();
    return;
  }
  running->logged += bytes.size();
  if (full) running->what.log.clear();
}

// A command has ended when the next one starts, but its background processes may still write.
void RootCommands::DropFinished() {
  running_.remove_if([this](const Running& running) {
    if (running.command->output_open()) return false;
    timers_.Cancel(running.rest);
    return true;
  });
}

}  // namespace localcloud
