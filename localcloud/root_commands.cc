#include "localcloud/root_commands.h"

#include <signal.h>

#include <stdexcept>
#include <utility>

namespace localcloud {
namespace {

constexpr std::chrono::seconds kLimit{90};

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
  // A user namespace of its own makes the guest's user root there, as sudo does in a guest.
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
  const bool ended = exit.has_value();  // before the last of what it wrote is read
  Read(running, GuestCommand::Stream::kOut);
  Read(running, GuestCommand::Stream::kErr);
  if (running->told || !ended) return;
  running->told = true;
  if (!running->partial.empty()) on_line_(std::exchange(running->partial, {}));
  if (exit->status != 0) on_line_("failed with status " + std::to_string(exit->status));
  // Not from within the command that tells it.
  timers_.Cancel(limit_);
  limit_ = timers_.After({}, [this] { Next(); });
}

void RootCommands::Read(Running* running, GuestCommand::Stream stream) {
  char chunk[4096];
  for (std::size_t n; (n = running->command->Read(stream, chunk, sizeof chunk)) > 0;) {
    if (!running->what.log.empty()) {
      try {
        files_.Append(running->what.log, std::string(chunk, n));
      } catch (const std::runtime_error&) {
        running->what.log.clear();  // the guest has put something else there: the console has it
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (chunk[i] != '\n') running->partial += chunk[i];
      if (chunk[i] == '\n' || running->partial.size() >= sizeof chunk)
        on_line_(std::exchange(running->partial, {}));
    }
  }
}

// Each has ended when the next one starts; what it has left running may still write.
void RootCommands::DropFinished() {
  running_.remove_if([](const Running& running) { return !running.command->output_open(); });
}

}  // namespace localcloud
