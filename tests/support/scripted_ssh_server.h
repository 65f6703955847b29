// An SSH server that misbehaves as a test asks: it refuses, disconnects, hangs, or sends no exit
// status. It uses libssh, so that it shares no code with the client (libssh2).
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
  // What happens before the key exchange has ended. Chosen by the number of the connection, from 1.
  enum class Opening {
    kServe,
    kCloseAtOnce,
    kSilence,             // not even a banner
    kGarbageThenClose,    // text that is not SSH
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
    // After the output, without status and without closing the channel.
    bool drop_connection = false;
    bool never_end = false;
    // Sent again and again until the client disconnects.
    enum class Flood { kNone, kOutput, kErrorOutput, kIgnore, kKeepAlive } flood = Flood::kNone;
  };

  std::function<Opening(int nth)> opening = [](int) { return Opening::kServe; };
  std::function<Login(int nth)> login = [](int) {
    return Login::kAccept;
  };  // nth key offered, from 1
  std::function<Answer(const std::string& command)> run = &Echo;
  std::string banner;  // after "SSH-2.0-"; if empty, libssh's own

  // "echo X" prints X; every other command prints nothing. All end with 0.
  static Answer Echo(const std::string& command);
};

// What the server did, and when (CLOCK_MONOTONIC).
struct SshTruth {
  struct Login {
    fixtures::Clock::time_point at;
    SshScript::Login answer;
    int connection;
  };
  struct Command {
    fixtures::Clock::time_point begun;  // before the first byte of the answer was sent
    std::string line;
  };
  std::vector<fixtures::Clock::time_point> accepted;  // connections
  std::vector<Login> logins;
  std::vector<Command> commands;
};

// Accepts connections from `listener` until destroyed. The caller keeps `listener`. One thread per
// connection is enough here; handling many is the prober's task.
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
  std::vector<std::jthread> connections_;  // used by the accepting thread only
  std::jthread acceptor_;
};

}  // namespace test_support
