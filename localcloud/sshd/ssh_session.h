// One SSH connection to a machine.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "localcloud/guest/guest_command.h"
#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/timers.h"
#include "localcloud/machine/machine.h"
#include "localcloud/sshd/ssh_channel.h"

struct ssh_key_struct;
struct ssh_session_struct;
struct ssh_event_struct;
struct ssh_server_callbacks_struct;

namespace localcloud {

// A machine's decisions about its SSH connections.
class SshHost {
 public:
  enum class Verdict {
    kUnknownKey,
    kBooting,  // the key is valid, but logins are not allowed yet
    kWelcome,
  };
  virtual Verdict Judge(const std::string& user, ssh_key_struct* key) = 0;
  // See SshChannel::Start.
  virtual std::unique_ptr<GuestCommand> StartCommand(const std::string& user, GuestExec exec,
                                                     const std::optional<winsize>& terminal,
                                                     std::function<void()> on_progress,
                                                     std::string* error) = 0;
  virtual void OnLogin(Clock::time_point at) = 0;
  virtual void OnCommand(Clock::time_point at) = 0;
  virtual void OnSession(const MachineObserver::Session& session) = 0;

 protected:
  ~SshHost() = default;
};

// Use from the event loop's thread only; never blocks it. The destructor reports and closes the
// connection, and kills its commands.
class SshSession {
 public:
  // Takes over `session`, which was accepted on `fd` and has not exchanged any data yet. `fd` is a
  // duplicate that this object owns. `on_end` is called when the connection is over: destroy this
  // object then, but not within the call.
  SshSession(event_base* base, SshHost* host, ssh_session_struct* session, OwnedFd fd,
             Clock::time_point accepted, bool drops_status, std::function<void()> on_end);
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  // Moves all data that can be moved now.
  void Advance();
  bool logged_in() const { return facts_.auth_ok != Clock::time_point{}; }

 private:
  struct Callbacks;
  void ExchangeKeys();
  int Authenticate(const std::string& user, ssh_key_struct* key, char signature);
  int Reject();
  void Turn();
  void AdvanceChannels();
  void TellCommand(Clock::time_point at);
  void Report();
  void End();

  SshHost* host_;
  ssh_session_struct* session_;
  ssh_event_struct* event_;
  OwnedFd fd_;
  bool drops_status_;
  std::function<void()> on_end_;
  std::unique_ptr<ssh_server_callbacks_struct> callbacks_;
  FdWatch watch_;
  Timers timers_;
  std::list<std::unique_ptr<SshChannel>> channels_;

  MachineObserver::Session facts_;
  std::string user_;
  bool keys_exchanged_ = false;
  bool login_told_ = false;
  bool reported_ = false;
  bool advancing_ = false;
  bool ended_ = false;
  int rejections_ = 0;
};

}  // namespace localcloud
