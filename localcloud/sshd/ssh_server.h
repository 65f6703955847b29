// The SSH server of one machine.
#pragma once

#include <list>
#include <memory>

#include "localcloud/guest/guest_files.h"
#include "localcloud/loop/delayed_relay.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/timers.h"
#include "localcloud/machine/machine.h"
#include "localcloud/sshd/ssh_host_key.h"
#include "localcloud/sshd/ssh_session.h"

struct ssh_bind_struct;

namespace localcloud {

// Use from the event loop's thread only. The destructor ends all connections.
class SshServer {
 public:
  // Throws std::runtime_error.
  SshServer(event_base* base, SshHost* host, SshKeyPtr host_key, Clock::duration round_trip);
  ~SshServer();
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  // If `drops_status`, the connection ends without its first command's exit status: a deliberate
  // fault.
  void Serve(OwnedFd connection, Clock::time_point accepted, bool drops_status = false);
  // Call when something that connections may wait for has changed.
  void AdvanceAll();

 private:
  struct BindFree {
    void operator()(ssh_bind_struct* bind) const;
  };
  void ThroughRelay(OwnedFd* connection);
  std::size_t NotLoggedIn() const;

  event_base* base_;
  SshHost* host_;
  Clock::duration round_trip_;
  std::unique_ptr<ssh_bind_struct, BindFree> bind_;
  std::list<std::unique_ptr<DelayedRelay>> relays_;
  std::list<std::unique_ptr<SshSession>> sessions_;
  Timers timers_;
};

}  // namespace localcloud
