#include "tests/support/scripted_ssh_server.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "aws/unique_fd.h"

namespace test_support {
namespace {

using fixtures::Clock;
using Opening = SshScript::Opening;
using LoginAnswer = SshScript::Login;

constexpr int kTurnMs = 20;  // how often the threads check for a stop
constexpr long kHandshakeLimitSeconds = 20;

std::string MakeHostKey() {
  ssh_key key = nullptr;
  char* text = nullptr;
  if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK ||
      ssh_pki_export_privkey_base64(key, nullptr, nullptr, nullptr, &text) != SSH_OK) {
    throw std::runtime_error("scripted SSH server: no host key");
  }
  std::string pem(text);
  ssh_string_free_char(text);
  ssh_key_free(key);
  return pem;
}

void Send(int fd, std::string_view text) {
  [[maybe_unused]] const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

bool Readable(int fd, int timeout_ms) {
  pollfd state{fd, POLLIN, 0};
  return ::poll(&state, 1, timeout_ms) > 0;
}

void AwaitEnd(int fd, const std::stop_token& stop) {
  char buffer[4096];
  while (!stop.stop_requested()) {
    if (Readable(fd, kTurnMs) && ::recv(fd, buffer, sizeof buffer, 0) <= 0) return;
  }
}

// Serves connections that never get to SSH.
void Mistreat(Opening opening, aws::UniqueFd socket, const std::stop_token& stop) {
  const int fd = socket.get();
  switch (opening) {
    case Opening::kServe:
    case Opening::kCloseAtOnce:
      return;
    case Opening::kSilence:
      return AwaitEnd(fd, stop);
    case Opening::kGarbageThenClose:
      return Send(fd, "HTTP/1.0 400 Bad Request\r\n\r\n\x01\x02\xff");
    case Opening::kBannerThenSilence:
      Send(fd, "SSH-2.0-Test_1.0\r\n");
      return AwaitEnd(fd, stop);
    case Opening::kCloseInKeyExchange:
    case Opening::kResetInKeyExchange:
      Send(fd, "SSH-2.0-Test_1.0\r\n");
      // Closes after the client's banner and first packet.
      for (int turn = 0; turn < 100 && !Readable(fd, kTurnMs); ++turn) {
      }
      if (opening == Opening::kResetInKeyExchange) {
        const linger reset{1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      }
      return;
  }
}

}  // namespace

SshScript::Answer SshScript::Echo(const std::string& command) {
  Answer answer;
  if (command.starts_with("echo ")) answer.output = command.substr(5) + "\n";
  return answer;
}

// The connection of one client, in its own thread.
class ScriptedSshServer::Connection {
 public:
  Connection(ScriptedSshServer* server, int number, std::stop_token stop)
      : server_(*server), number_(number), stop_(std::move(stop)) {}
  ~Connection() {
    if (event_ != nullptr) ssh_event_free(event_);
    if (session_ != nullptr) ssh_free(session_);
    if (bind_ != nullptr) ssh_bind_free(bind_);
  }

  void Serve(aws::UniqueFd socket);

 private:
  static int OnKey(ssh_session, const char*, ssh_key_struct*, char state, void* self);
  static ssh_channel OnChannel(ssh_session, void* self);
  static int OnExec(ssh_session, ssh_channel, const char* command, void* self);
  void RunCommand();
  void Flood(SshScript::Answer::Flood kind);
  void Drop() { ::shutdown(fd_, SHUT_RDWR); }

  ScriptedSshServer& server_;
  const int number_;
  const std::stop_token stop_;
  int fd_ = -1;
  ssh_bind bind_ = nullptr;
  ssh_session session_ = nullptr;
  ssh_event event_ = nullptr;
  ssh_channel channel_ = nullptr;
  std::size_t try_ = 0;  // its index in the logins of the truth
  LoginAnswer answer_ = LoginAnswer::kReject;
  std::optional<std::string> command_;
  ssh_server_callbacks_struct session_callbacks_{};
  ssh_channel_callbacks_struct channel_callbacks_{};
};

// Called for the offer (SSH_PUBLICKEY_STATE_NONE), then for the signature.
int ScriptedSshServer::Connection::OnKey(ssh_session, const char*, ssh_key_struct*, char state,
                                         void* user_data) {
  auto* self = static_cast<Connection*>(user_data);
  if (state != SSH_PUBLICKEY_STATE_NONE && state != SSH_PUBLICKEY_STATE_VALID)
    return SSH_AUTH_DENIED;
  {
    const std::lock_guard lock(self->server_.mutex_);
    std::vector<SshTruth::Login>& logins = self->server_.truth_.logins;
    if (state == SSH_PUBLICKEY_STATE_NONE) {
      self->try_ = logins.size();
      self->answer_ = self->server_.script_.login(static_cast<int>(logins.size()) + 1);
      logins.push_back({Clock::now(), self->answer_, self->number_});
      return self->answer_ == LoginAnswer::kReject ? SSH_AUTH_DENIED : SSH_AUTH_SUCCESS;
    }
    logins[self->try_].at = Clock::now();
  }
  switch (self->answer_) {
    case LoginAnswer::kAccept:
      return SSH_AUTH_SUCCESS;
    case LoginAnswer::kCloseInstead:
      self->Drop();
      return SSH_AUTH_DENIED;
    case LoginAnswer::kSilence:
      AwaitEnd(self->fd_, self->stop_);
      return SSH_AUTH_DENIED;
    case LoginAnswer::kReject:
      break;
  }
  return SSH_AUTH_DENIED;
}

ssh_channel ScriptedSshServer::Connection::OnChannel(ssh_session session, void* user_data) {
  auto* self = static_cast<Connection*>(user_data);
  self->channel_ = ssh_channel_new(session);
  self->channel_callbacks_.userdata = self;
  self->channel_callbacks_.channel_exec_request_function = &OnExec;
  ssh_callbacks_init(&self->channel_callbacks_);
  ssh_set_channel_callbacks(self->channel_, &self->channel_callbacks_);
  return self->channel_;
}

int ScriptedSshServer::Connection::OnExec(ssh_session, ssh_channel, const char* command,
                                          void* user_data) {
  static_cast<Connection*>(user_data)->command_ = command;  // runs after the acceptance was sent
  return 0;
}

void ScriptedSshServer::Connection::Serve(aws::UniqueFd socket) {
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bind_ = ssh_bind_new();
  session_ = ssh_new();
  event_ = ssh_event_new();
  ssh_key key = nullptr;
  if (ssh_pki_import_privkey_base64(server_.host_key_.c_str(), nullptr, nullptr, nullptr, &key) !=
      SSH_OK) {
    return;
  }
  const bool no_config = false;
  ssh_bind_options_set(bind_, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no_config);
  ssh_bind_options_set(bind_, SSH_BIND_OPTIONS_IMPORT_KEY, key);  // takes ownership
  if (!server_.script_.banner.empty()) {
    ssh_bind_options_set(bind_, SSH_BIND_OPTIONS_BANNER, server_.script_.banner.c_str());
  }
  fd_ = socket.get();
  const int owned = ::dup(fd_);  // libssh closes this copy; our descriptor stays valid for Drop()
  if (ssh_bind_accept_fd(bind_, session_, owned) != SSH_OK) return;
  session_callbacks_.userdata = this;
  session_callbacks_.auth_pubkey_function = &OnKey;
  session_callbacks_.channel_open_request_session_function = &OnChannel;
  ssh_callbacks_init(&session_callbacks_);
  ssh_set_server_callbacks(session_, &session_callbacks_);
  ssh_set_auth_methods(session_, SSH_AUTH_METHOD_PUBLICKEY);
  ssh_options_set(session_, SSH_OPTIONS_TIMEOUT, &kHandshakeLimitSeconds);
  if (ssh_handle_key_exchange(session_) != SSH_OK) return;
  ssh_event_add_session(event_, session_);
  while (!stop_.stop_requested() && ssh_is_connected(session_) != 0) {
    if (ssh_event_dopoll(event_, kTurnMs) == SSH_ERROR) return;
    if (command_) RunCommand();
  }
}

void ScriptedSshServer::Connection::RunCommand() {
  const std::string line = *std::exchange(command_, std::nullopt);
  const SshScript::Answer answer = server_.script_.run(line);
  {
    const std::lock_guard lock(server_.mutex_);
    server_.truth_.commands.push_back({Clock::now(), line});
  }
  if (!answer.error_output.empty()) {
    ssh_channel_write_stderr(channel_, answer.error_output.data(),
                             static_cast<std::uint32_t>(answer.error_output.size()));
  }
  if (!answer.output.empty()) {
    ssh_channel_write(channel_, answer.output.data(),
                      static_cast<std::uint32_t>(answer.output.size()));
  }
  ssh_blocking_flush(session_, 1000);
  if (answer.flood != SshScript::Answer::Flood::kNone) Flood(answer.flood);
  if (answer.drop_connection) {
    Drop();
  } else if (!answer.never_end) {
    if (!answer.exit_signal.empty()) {
      ssh_channel_request_send_exit_signal(channel_, answer.exit_signal.c_str(), 0, "", "");
    } else if (answer.exit_status) {
      ssh_channel_request_send_exit_status(channel_, *answer.exit_status);
    }
    ssh_channel_send_eof(channel_);
    ssh_channel_close(channel_);
    ssh_blocking_flush(session_, 1000);
  }
}

void ScriptedSshServer::Connection::Flood(SshScript::Answer::Flood kind) {
  using Kind = SshScript::Answer::Flood;
  const std::string text(16384, 'y');
  const auto size = static_cast<std::uint32_t>(text.size());
  int sent = 0;
  while (sent >= 0 && !stop_.stop_requested() && ssh_is_connected(session_) != 0) {
    switch (kind) {
      case Kind::kNone:
        return;
      case Kind::kOutput:
        sent = ssh_channel_write(channel_, text.data(), size);
        break;
      case Kind::kErrorOutput:
        sent = ssh_channel_write_stderr(channel_, text.data(), size);
        break;
      case Kind::kIgnore:
        sent = ssh_send_ignore(session_, text.c_str());
        ssh_blocking_flush(session_, 1000);
        break;
      case Kind::kKeepAlive:
        sent = ssh_send_keepalive(session_);
        ssh_blocking_flush(session_, 1000);
        break;
    }
  }
}

ScriptedSshServer::ScriptedSshServer(int listener, SshScript script)
    : listener_(listener),
      script_(std::move(script)),
      host_key_(MakeHostKey()),
      acceptor_([this](const std::stop_token& stop) { Accept(stop); }) {}

ScriptedSshServer::~ScriptedSshServer() {
  acceptor_.request_stop();
  acceptor_.join();
  for (std::jthread& connection : connections_) connection.request_stop();
}

SshTruth ScriptedSshServer::truth() const {
  const std::lock_guard lock(mutex_);
  return truth_;
}

void ScriptedSshServer::Accept(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!Readable(listener_, kTurnMs)) continue;
    aws::UniqueFd socket(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) {  // the port is not open yet
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      truth_.accepted.push_back(Clock::now());
      number = static_cast<int>(truth_.accepted.size());
    }
    connections_.emplace_back(
        [this, number](const std::stop_token& connection_stop, aws::UniqueFd client) {
          const Opening opening = script_.opening(number);
          if (opening != Opening::kServe)
            return Mistreat(opening, std::move(client), connection_stop);
          Connection(this, number, connection_stop).Serve(std::move(client));
        },
        std::move(socket));
  }
}

}  // namespace test_support
