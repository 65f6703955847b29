#include "localcloud/sshd/ssh_session.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <sys/socket.h>

#include <new>
#include <utility>

#include "localcloud/sshd/ssh_host_key.h"

namespace localcloud {
namespace {

// Defaults of sshd_config(5). None of them is a modelled duration.
constexpr int kMaxAuthTries = 6;
constexpr std::size_t kMaxSessions = 10;
constexpr std::chrono::seconds kLoginGraceTime{120};

// The text of pam_nologin on a systemd host (systemd-user-sessions.service).
constexpr char kBootingUp[] =
    "\"System is booting up. Unprivileged users are not permitted to log in yet. Please come back "
    "later. For "
    "technical details, see pam_nologin(8).\"\n";

}  // namespace

struct SshSession::Callbacks {
  static int PublicKey(ssh_session, const char* user, ssh_key_struct* key, char signature,
                       void* self) {
    return static_cast<SshSession*>(self)->Authenticate(user, key, signature);
  }
  static ssh_channel OpenSession(ssh_session session, void* argument) {
    auto* self = static_cast<SshSession*>(argument);
    if (!self->logged_in() || self->channels_.size() >= kMaxSessions) return nullptr;
    self->channels_.push_back(std::make_unique<SshChannel>(
        session, self->drops_status_,
        [self](GuestExec exec, const std::optional<winsize>& terminal, std::string* error) {
          return self->host_->StartCommand(
              self->user_, std::move(exec), terminal, [self] { self->Advance(); }, error);
        }));
    return self->channels_.back()->channel();
  }
};

SshSession::SshSession(event_base* base, SshHost* host, ssh_session_struct* session, OwnedFd fd,
                       Clock::time_point accepted, bool drops_status, std::function<void()> on_end)
    : host_(host),
      session_(session),
      event_(ssh_event_new()),
      fd_(std::move(fd)),
      drops_status_(drops_status),
      on_end_(std::move(on_end)),
      callbacks_(std::make_unique<ssh_server_callbacks_struct>()),
      watch_(base, fd_.get(), [this] { Advance(); }),
      timers_(base) {
  if (event_ == nullptr) throw std::bad_alloc();
  facts_.accepted = accepted;
  *callbacks_ = {};
  callbacks_->userdata = this;
  callbacks_->auth_pubkey_function = &Callbacks::PublicKey;
  callbacks_->channel_open_request_session_function = &Callbacks::OpenSession;
  ssh_callbacks_init(callbacks_.get());
  ssh_set_server_callbacks(session_, callbacks_.get());
  ssh_set_auth_methods(session_, SSH_AUTH_METHOD_PUBLICKEY);
  ssh_set_blocking(session_, 0);
  timers_.After(kLoginGraceTime, [this] {
    if (!logged_in()) End();
  });
}

SshSession::~SshSession() {
  Report();
  channels_.clear();
  if (keys_exchanged_) ssh_event_remove_session(event_, session_);
  ssh_event_free(event_);
  ssh_free(session_);
}

void SshSession::Advance() {
  // Starting a command or passing on its output may call this function again.
  if (ended_ || std::exchange(advancing_, true)) return;
  if (!keys_exchanged_) ExchangeKeys();
  if (!ended_ && keys_exchanged_) Turn();
  advancing_ = false;
  if (!ended_) watch_.Want(true, (ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0);
}

void SshSession::ExchangeKeys() {
  const int result = ssh_handle_key_exchange(session_);
  if (result == SSH_AGAIN) return;
  if (result != SSH_OK || ssh_event_add_session(event_, session_) != SSH_OK) return End();
  keys_exchanged_ = true;
}

void SshSession::Turn() {
  // libssh checks after each write if the next one would block. If it still wants to write after a
  // few turns, the socket blocks.
  constexpr int kTurns = 8;
  for (int i = 0; i < kTurns; ++i) {
    const int result = ssh_event_dopoll(event_, 0);
    if (logged_in() && !std::exchange(login_told_, true)) host_->OnLogin(facts_.auth_ok);
    if (result == SSH_ERROR || ssh_is_connected(session_) == 0) return End();
    if (rejections_ >= kMaxAuthTries) {
      ssh_session_set_disconnect_message(session_, "Too many authentication failures");
      ssh_disconnect(session_);
      return End();
    }
    AdvanceChannels();
    if ((ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) == 0) return;
  }
}

void SshSession::AdvanceChannels() {
  for (auto channel = channels_.begin(); channel != channels_.end();) {
    if (const auto at = (*channel)->Advance()) TellCommand(*at);
    channel = (*channel)->finished() ? channels_.erase(channel) : std::next(channel);
  }
}

void SshSession::TellCommand(Clock::time_point at) {
  if (!reported_) facts_.command_done = at;
  host_->OnCommand(at);
  Report();
}

void SshSession::Report() {
  // A TCP connection without a key exchange is not an SSH session.
  if (keys_exchanged_ && !std::exchange(reported_, true)) host_->OnSession(facts_);
}

void SshSession::End() {
  if (std::exchange(ended_, true)) return;
  watch_.Want(false, false);
  Report();
  on_end_();
}

int SshSession::Authenticate(const std::string& user, ssh_key_struct* key, char signature) {
  if (logged_in() || rejections_ >= kMaxAuthTries) return SSH_AUTH_DENIED;
  const SshHost::Verdict verdict = host_->Judge(user, key);
  if (verdict == SshHost::Verdict::kUnknownKey) return Reject();
  // Without a signature this is only a query: the client asks if the key would be accepted.
  if (signature == SSH_PUBLICKEY_STATE_NONE) return SSH_AUTH_SUCCESS;
  if (signature != SSH_PUBLICKEY_STATE_VALID) return Reject();
  if (verdict == SshHost::Verdict::kBooting) {
    ssh_string banner = ssh_string_from_char(kBootingUp);
    ssh_send_issue_banner(session_, banner);
    ssh_string_free(banner);
    // A real sshd disconnects here without a reply. libssh would send a rejection next, which must
    // not be sent.
    shutdown(fd_.get(), SHUT_WR);
    return SSH_AUTH_DENIED;
  }
  facts_.auth_ok = Clock::now();
  facts_.key_fingerprint = Fingerprint(key);
  user_ = user;
  return SSH_AUTH_SUCCESS;
}

int SshSession::Reject() {
  ++rejections_;
  return SSH_AUTH_DENIED;
}

}  // namespace localcloud
