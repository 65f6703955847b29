// One session channel of an SSH connection: what it asks for, and the command it then carries.
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

// From the event loop's thread only. Requests are only noted in libssh's callbacks; Advance() acts
// on them, once the reply has gone out.
class SshChannel {
 public:
  // Starts what a channel asked for. Otherwise returns nothing, with the reason in `error`; without
  // a reason it is asked again at the next Advance().
  using Start = std::function<std::unique_ptr<GuestCommand>(
      GuestExec exec, const std::optional<winsize>& terminal, std::string* error)>;

  // `drops_status`: on purpose, the connection ends where the exit status would be sent.
  SshChannel(ssh_session_struct* session, bool drops_status, Start start);
  ~SshChannel();
  SshChannel(const SshChannel&) = delete;
  SshChannel& operator=(const SshChannel&) = delete;

  ssh_channel_struct* channel() const { return channel_; }

  // Moves whatever can move. Once, when the exit status has been sent, the time right before that.
  std::optional<Clock::time_point> Advance();
  // Closed by both sides, or never to be used again.
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
  std::size_t after_exit_ = 0;              // bytes of output read since the command has ended
  std::optional<Clock::time_point> ended_;  // not told yet
};

}  // namespace localcloud
