// One command on its way between an SSH channel and the guest.
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

// A running guest process with its three streams. Non-blocking throughout: the owner asks Read()
// and Write() after each `on_progress`. From the event loop's thread only. Destruction kills the
// process with its process group.
class GuestCommand {
 public:
  enum class Stream { kOut = 0, kErr = 1 };
  struct Exit {
    int status = 0;  // as a shell has it: 128 + n for a signal
    int signal = 0;  // 0: it exited
  };

  // Throws std::runtime_error where it cannot be started. The descriptors in `exec` are ignored.
  // With `terminal`, it has a terminal of that size, and no stream of its own for errors.
  GuestCommand(event_base* base, ChildReaper* reaper, const GuestSandbox& sandbox, GuestExec exec,
               const std::optional<winsize>& terminal, std::function<void()> on_progress);
  ~GuestCommand();
  GuestCommand(const GuestCommand&) = delete;
  GuestCommand& operator=(const GuestCommand&) = delete;

  // Bytes read, at most `size`; 0: nothing now, or the stream has ended.
  std::size_t Read(Stream stream, char* to, std::size_t size);
  // Whether Read() has something to do: bytes, or the end of the stream.
  bool Readable(Stream stream) const;
  // Bytes taken, at most `size`. Takes all, and forgets them, where the guest reads no more.
  std::size_t Write(const char* from, std::size_t size);
  void CloseInput();
  bool input_open() const { return static_cast<bool>(input_) || terminal_; }

  // Which of the streams to be called back for: one that cannot be passed on now should not be
  // asked for.
  void Want(bool out, bool err, bool input);

  // Whether anything may still come: some process holds the other end of a stream.
  bool output_open() const { return sources_[0].fd || sources_[1].fd; }
  // Set once the process has ended. What it wrote before can still be read.
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
  OwnedFd input_;  // none with a terminal, which sources_[0] is for both ways
  std::unique_ptr<FdWatch> input_watch_;
  GuestProcess process_;
  std::unique_ptr<FdWatch> exit_watch_;
  std::optional<Exit> exit_;
};

}  // namespace localcloud
