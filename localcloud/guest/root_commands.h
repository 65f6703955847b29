// Runs the commands that a machine runs by itself as root: units and user data.
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
  std::string line;  // for a shell
  std::string log;   // also append output to this file of the guest; empty: none
  // If true, ended after 90 s (systemd's default). User data may take any time.
  bool limited = false;
};

// Runs command lines in a ready sandbox, one after the other, each in a shell without input.
// Background processes that they leave behind continue, and their output is passed on as long as
// this object lives. A guest that writes without end is read slowly, so that others do not wait.
// Use from the event loop's thread only. The destructor kills the running command.
class RootCommands {
 public:
  // `on_line` is called for each line of output, of either stream. `on_done` is called once, from
  // the event loop, when all commands have ended or were given up. All pointers and references must
  // outlive this object.
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
    std::string partial;         // of an incomplete line
    std::size_t logged = 0;      // bytes written to its log
    std::size_t after_exit = 0;  // bytes read after its end
    bool told = false;           // its end was handled
    Timers::Id rest = 0;         // ends a pause in reading
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
  // The current one, and ended ones whose background processes may still write.
  std::list<Running> running_;
};

}  // namespace localcloud
