// An SSH server that does what a test says: refuses, hangs up, hangs, forgets the exit status.
// Built on libssh, so that nothing of the client (libssh2) is shared.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fixtures/timeline/timeline.h"

namespace test_support {

struct SshScript {
  // Before SSH proper, by connection number from 1.
  enum class Opening {
    kServe,
    kCloseAtOnce,
    kSilence,             // not even a banner
    kGarbageThenClose,    // text that is no SSH
    kBannerThenSilence,   // "SSH-2.0-..." and nothing more
    kCloseInKeyExchange,  // after the client's first packet
    kResetInKeyExchange,  // the same with RST
  };
  enum class Login {
    kAccept,
    kReject,        // the key is not known
    kCloseInstead,  // the key is right, then the connection is closed: pam_nologin
    kSilence,       // the signature is never answered
  };
  struct Answer {
    std::string output = {};
    std::string error_output = {};
    std::optional<int> exit_status = 0;
    std::string exit_signal = {};
    bool drop_connection = false;  // after the output: no status, no close of the channel
    bool never_end = false;
    // Sent again and again until the client goes.
    enum class Flood { kNone, kOutput, kErrorOutput, kIgnore, kKeepAlive } flood = Flood::kNone;
  };

  std::function<Opening(int nth)> opening = [](int) { return Opening::kServe; };
  std::function<Login(int nth)> login = [](int) {
    return Login::kAccept;
  };  // nth key offered, from 1
  std::function<Answer(const std::string& command)> run = &Echo;
  std::string banner;  // after "SSH-2.0-"; empty: libssh's own

  // "echo X" prints X; every other command prints nothing. All end with 0.
  static Answer Echo(const std::string& command);
};

// What the server did, and when; CLOCK_MONOTONIC.
struct SshTruth {
  struct Login {
    fixtures::Clock::time_point at;
    SshScript::Login answer;
    int connection;
  };
  struct Command {
    fixtures::Clock::time_point begun;  // before anything of the answer was sent
    std::string line;
  };
  std::vector<fixtures::Clock::time_point> accepted;  // connections
  std::vector<Login> logins;
  std::vector<Command> commands;
};

// Accepts from `listener` (borrowed) until destroyed. A thread a connection: many are for the
// prober's side.
class ScriptedSshServer {
 public:
  ScriptedSshServer(int listener, SshScript script);
  ~ScriptedSshServer();

  SshTruth truth() const;

 private:
  class Connection;

  void Accept(const std::stop_token& stop);

  const int listener_;
  const SshScript script_;
  const std::string host_key_;  // PEM
  mutable std::mutex mutex_;
  SshTruth truth_;                         // guarded by mutex_
  std::vector<std::jthread> connections_;  // the accepting thread's
  std::jthread acceptor_;
};

}  // namespace test_support
