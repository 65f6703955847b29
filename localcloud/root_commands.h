// What a machine runs by itself, as root: units and user data.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "localcloud/child_reaper.h"
#include "localcloud/guest_command.h"
#include "localcloud/guest_sandbox.h"
#include "localcloud/timers.h"

struct event_base;

namespace localcloud {

// Runs command lines in a sandbox that is ready, one after the other, each in a shell, without
// input. From the event loop's thread only. Destruction kills what still runs.
class RootCommands {
 public:
  // `on_line`: each line of output, whichever stream. `on_done`: once, from the event loop, when
  // all have ended or been given up after 90 s (systemd's default); may destroy this.
  RootCommands(event_base* base, ChildReaper* reaper, const GuestSandbox& sandbox,
               std::vector<std::string> commands, std::function<void(const std::string&)> on_line,
               std::function<void()> on_done);
  ~RootCommands();
  RootCommands(const RootCommands&) = delete;
  RootCommands& operator=(const RootCommands&) = delete;

 private:
  void Next();
  void Progress();
  void Read(GuestCommand::Stream stream);

  event_base* base_;
  ChildReaper* reaper_;
  const GuestSandbox& sandbox_;
  std::deque<std::string> commands_;
  std::function<void(const std::string&)> on_line_;
  std::function<void()> on_done_;
  Timers timers_;
  Timers::Id limit_ = 0;
  std::unique_ptr<GuestCommand> command_;
  std::string partial_;
};

}  // namespace localcloud
