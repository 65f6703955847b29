#include "localcloud/sshd/ssh_server.h"

#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace localcloud {
namespace {

// The last figure of sshd's MaxStartups: if more connections than this are not logged in, further
// ones are refused.
constexpr std::size_t kMaxStartups = 100;

}  // namespace

void SshServer::BindFree::operator()(ssh_bind_struct* bind) const { ssh_bind_free(bind); }

SshServer::SshServer(event_base* base, SshHost* host, SshKeyPtr host_key,
                     Clock::duration round_trip)
    : base_(base), host_(host), round_trip_(round_trip), bind_(ssh_bind_new()), timers_(base) {
  bool read_config = false;
  if (!bind_ ||
      ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &read_config) != SSH_OK ||
      ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_IMPORT_KEY, host_key.get()) != SSH_OK) {
    throw std::runtime_error("cannot set up an SSH server");
  }
  (void)host_key.release();  // the bind owns it now
}

SshServer::~SshServer() = default;

std::size_t SshServer::NotLoggedIn() const {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(),
                    [](const auto& session) { return !session->logged_in(); }));
}

void SshServer::Serve(OwnedFd connection, Clock::time_point accepted, bool drops_status) {
  if (NotLoggedIn() >= kMaxStartups) return;
  if (round_trip_ > Clock::duration::zero()) ThroughRelay(&connection);
  OwnedFd duplicate(fcntl(connection.get(), F_DUPFD_CLOEXEC, 0));
  ssh_session session = ssh_new();
  if (!duplicate || session == nullptr ||
      ssh_bind_accept_fd(bind_.get(), session, connection.get()) != SSH_OK) {
    ssh_free(session);
    return;
  }
  (void)connection.Release();  // the session owns it now
  const auto place = sessions_.insert(sessions_.end(), nullptr);
  *place = std::make_unique<SshSession>(
      base_, host_, session, std::move(duplicate), accepted, drops_status,
      [this, place] { timers_.After({}, [this, place] { sessions_.erase(place); }); });
  (*place)->Advance();
}

void SshServer::ThroughRelay(OwnedFd* connection) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    connection->Close();
    return;
  }
  const auto place = relays_.insert(relays_.end(), nullptr);
  *place =
      std::make_unique<DelayedRelay>(base_, round_trip_ / 2, std::move(*connection),
                                     OwnedFd(ends[1]), [this, place] { relays_.erase(place); });
  *connection = OwnedFd(ends[0]);
}

void SshServer::AdvanceAll() {
  for (const auto& session : sessions_) session->Advance();
}

}  // namespace localcloud
