#include "localcloud/root_commands.h"

#include <stdexcept>
#include <utility>

namespace localcloud {
namespace {

constexpr std::chrono::seconds kLimit{90};

}  // namespace

RootCommands::RootCommands(event_base* base, ChildReaper* reaper, const GuestSandbox& sandbox,
                           std::vector<std::string> commands,
                           std::function<void(const std::string&)> on_line,
                           std::function<void()> on_done)
    : base_(base),
      reaper_(reaper),
      sandbox_(sandbox),
      commands_(commands.begin(), commands.end()),
      on_line_(std::move(on_line)),
      on_done_(std::move(on_done)),
      timers_(base) {
  timers_.After({}, [this] { Next(); });
}

RootCommands::~RootCommands() = default;

void RootCommands::Next() {
  timers_.Cancel(limit_);
  command_.reset();
  if (commands_.empty()) {
    const std::function<void()> on_done = on_done_;  // a copy: this may be destroyed by it
    on_done();
    return;
  }
  GuestExec exec;
  // A user namespace of its own makes the guest's user root there, as sudo does in a guest.
  exec.arguments = {"/usr/bin/unshare", "--map-root-user", "--", "/bin/sh", "-c",
                    commands_.front()};
  exec.environment = {"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh", kGuestPath};
  commands_.pop_front();
  try {
    command_ = std::make_unique<GuestCommand>(base_, reaper_, sandbox_, std::move(exec),
                                              std::nullopt, [this] { Progress(); });
  } catch (const std::runtime_error& error) {
    on_line_(error.what());
    timers_.After({}, [this] { Next(); });
    return;
  }
  command_->CloseInput();
  command_->Want(true, true, false);
  limit_ = timers_.After(kLimit, [this] {
    on_line_("a start job has timed out");
    Next();
  });
}

void RootCommands::Progress() {
  const bool ended = command_->exit().has_value();  // before the last of what it wrote is read
  Read(GuestCommand::Stream::kOut);
  Read(GuestCommand::Stream::kErr);
  if (!ended) return;
  if (!partial_.empty()) on_line_(std::exchange(partial_, {}));
  if (command_->exit()->status != 0)
    on_line_("failed with status " + std::to_string(command_->exit()->status));
  // Not from within the command that tells it.
  timers_.Cancel(limit_);
  limit_ = timers_.After({}, [this] { Next(); });
}

void RootCommands::Read(GuestCommand::Stream stream) {
  char chunk[4096];
  for (std::size_t n; (n = command_->Read(stream, chunk, sizeof chunk)) > 0;) {
    for (std::size_t i = 0; i < n; ++i) {
      if (chunk[i] != '\n') partial_ += chunk[i];
      if (chunk[i] == '\n' || partial_.size() >= sizeof chunk)
        on_line_(std::exchange(partial_, {}));
    }
  }
}

}  // namespace localcloud
