// A command that runs in a guest on behalf of an SSH channel or of the machine itself.
#pragma once

#include <sys/ioctl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "localcloud/guest/guest_sandbox.h"
#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"

struct event_base;

namespace localcloud {

// A running guest process with its three streams. Nothing blocks: the owner calls Read() and
// Write() after each `on_progress`. Use from the event loop's thread only. The destructor kills the
// process and its process group.
class GuestCommand {
 public:
  enum class Stream { kOut = 0, kErr = 1 };
  struct Exit {
    int status = 0;  // as in a shell: 128 + n after signal n
    int signal = 0;  // 0: it exited by itself
  };

  // Throws std::runtime_error if the command cannot be started. Ignores the descriptors in `exec`.
  // With `terminal`, the command gets a terminal of that size, and standard error shares the stream
  // of standard output.
  GuestCommand(event_base* base, ChildReaper* reaper, const GuestSandbox& sandbox, GuestExec exec,
               const std::optional<winsize>& terminal, std::function<void()> on_progress);
  ~GuestCommand();
  GuestCommand(const GuestCommand&) = delete;
  GuestCommand& operator=(const GuestCommand&) = delete;

  // Reads at most `size` bytes and returns their number. 0: nothing available now, or the stream
  // has ended.
  std::size_t Read(Stream stream, char* to, std::size_t size);
  // Returns true if Read() would return bytes or notice the end of the stream.
  bool Readable(Stream stream) const;
  // Returns how many of the `size` bytes the guest took. If the guest no longer reads, discards all
  // of them and returns `size`.
  std::size_t Write(const char* from, std::size_t size);
  void CloseInput();
  bool input_open() const { return static_cast<bool>(input_) || terminal_; }

  // Selects the streams to be called back for. Do not ask for a stream whose data cannot be passed
  // on now.
  void Want(bool out, bool err, bool input);

  // Returns true if more output may come, because some process still has the other end of a stream
  // open.
  bool output_open() const { return sources_[0].fd || sources_[1].fd; }
  // Set once the process has ended. Its earlier output can still be read.
  const std::optional<Exit>& exit() const { return exit_; }

  void Signal(int signal);  // to its process group
  void Resize(const winsize& size);

 private:
  struct Source {
    OwnedFd fd;
    std::unique_ptr<FdWatch> watch;
  };
  void StartWithPipes(const GuestSandbox& sandbox, GuestExec exec);
  void StartWithTerminal(const GuestSandbox& sandbox, GuestExec exec, const winsize& size);
  void Collect();

  event_base* base_;
  ChildReaper* reaper_;
  std::function<void()> on_progress_;
  bool terminal_;
  Source sources_[2];
  // None with a terminal: sources_[0] then serves both directions.
  OwnedFd input_;
  std::unique_ptr<FdWatch> input_watch_;
  GuestProcess process_;
  std::unique_ptr<FdWatch> exit_watch_;
  std::optional<Exit> exit_;
};

}  // namespace localcloud
