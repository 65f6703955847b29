// One session channel of an SSH connection, and the command that runs on it.
#pragma once

#include <sys/ioctl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "localcloud/machine/machine.h"

struct ssh_channel_struct;
struct ssh_session_struct;
struct ssh_channel_callbacks_struct;

namespace localcloud {

class GuestCommand;
struct GuestExec;

// Use from the event loop's thread only. libssh's callbacks only record requests; Advance() acts on
// them after the reply has been sent.
class SshChannel {
 public:
  // Starts the requested command. If it returns null and sets `error`, the command is refused. If
  // it returns null without an error, it is called again at the next Advance().
  using Start = std::function<std::unique_ptr<GuestCommand>(
      GuestExec exec, const std::optional<winsize>& terminal, std::string* error)>;

  // If `drops_status`, the connection ends in place of sending the exit status: a deliberate fault.
  SshChannel(ssh_session_struct* session, bool drops_status, Start start);
  ~SshChannel();
  SshChannel(const SshChannel&) = delete;
  SshChannel& operator=(const SshChannel&) = delete;

  ssh_channel_struct* channel() const { return channel_; }

  // Moves all data that can be moved now. Returns a time once: just before the exit status was
  // sent.
  std::optional<Clock::time_point> Advance();
  // Returns true if both sides have closed the channel, or it can never be used.
  bool finished() const;

 private:
  struct Callbacks;
  enum class State { kAsked, kRequested, kRunning, kDone };

  void TryToStart();
  void Refuse(const std::string& why);
  void Pump();
  bool CanSend() const;
  bool PassOutput(int stream);
  bool HasSaidAll(bool all_passed) const;
  void PassInput();
  void Finish(int status, int signal);

  ssh_session_struct* session_;
  ssh_channel_struct* channel_ = nullptr;
  std::unique_ptr<ssh_channel_callbacks_struct> callbacks_;
  bool drops_status_;
  Start start_;
  State state_ = State::kAsked;
  std::vector<std::string> environment_;
  std::vector<std::string> arguments_;
  std::optional<winsize> terminal_;
  std::unique_ptr<GuestCommand> command_;
  std::string input_;      // read from the channel, not yet taken by the guest
  std::string output_[2];  // read from the guest's streams, not yet taken by the channel
  bool input_ended_ = false;
  std::size_t after_exit_ = 0;              // bytes of output read since the command ended
  std::optional<Clock::time_point> ended_;  // not reported yet
};

}  // namespace localcloud
