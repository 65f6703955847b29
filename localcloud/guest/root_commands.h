// What a machine runs by itself, as root: units and user data.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "localcloud/guest/guest_command.h"
#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/guest_sandbox.h"
#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/timers.h"

struct event_base;

namespace localcloud {

struct RootCommand {
  std::string line;      // for a shell
  std::string log;       // a file of the guest's that gets its output, too; empty: none
  bool limited = false;  // given up after 90 s (systemd's default); user data may take any time
};

// Runs command lines in a sandbox that is ready, one after the other, each in a shell, without
// input. What they leave running in the background goes on, and its output is passed on as long as
// this lives. A guest that writes without end is read slowly, so that nobody else waits for it.
// From the event loop's thread only. Destruction kills the command that still runs.
class RootCommands {
 public:
  // `on_line`: each line of output, whichever stream. `on_done`: once, from the event loop, when
  // all have ended or been given up. All that is pointed or referred to outlives this.
  RootCommands(event_base* base, ChildReaper* reaper, const GuestSandbox& sandbox,
               const GuestFiles& files, std::vector<RootCommand> commands,
               std::function<void(const std::string&)> on_line, std::function<void()> on_done);
  ~RootCommands();
  RootCommands(const RootCommands&) = delete;
  RootCommands& operator=(const RootCommands&) = delete;

 private:
  struct Running {
    RootCommand what;
    std::unique_ptr<GuestCommand> command;
    std::string partial;         // of a line
    std::size_t logged = 0;      // bytes in its log
    std::size_t after_exit = 0;  // bytes read since it has ended
    bool told = false;           // that it has ended
    Timers::Id rest = 0;         // until it is read again
  };
  void Next();
  void Progress(Running* running);
  std::size_t Read(Running* running, GuestCommand::Stream stream);
  void Log(Running* running, const std::string& bytes);
  bool HasSaidAll(Running* running, std::size_t read) const;
  void DropFinished();

  event_base* base_;
  ChildReaper* reaper_;
  const GuestSandbox& sandbox_;
  const GuestFiles& files_;
  std::deque<RootCommand> commands_;
  std::function<void(const std::string&)> on_line_;
  std::function<void()> on_done_;
  Timers timers_;
  Timers::Id limit_ = 0;
  std::list<Running>
      running_;  // the last one, and those whose background processes still may write
};

}  // namespace localcloud
