// The network between machines: other guests and the host can connect to ports that a guest listens
// on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "localcloud/guest/guest_sandbox.h"
#include "localcloud/loop/acceptor.h"
#include "localcloud/loop/delayed_relay.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/timers.h"

struct event_base;

namespace localcloud {

// Every guest has its own network, in which its own addresses are local. Every 10 ms this class
// finds the TCP ports that guests listen on. It opens the same ports of the same addresses on the
// host and in the other guests' networks, if the guest's rules admit them. A connection there is
// relayed to a connection made inside the guest, which sees the client's real address. Rules are
// checked at each look and for each connection, so changes take effect at once. A port without a
// listener, or one that no rule opens, refuses connections.
//
// Limits, so that no guest uses up this process's descriptors: only the 64 lowest listening ports
// of a guest are open, and connections beyond 256 from or to a guest are reset. A guest with so
// many listeners that looking takes long is looked at less often.
//
// Not included: the SSH port, which the machine itself serves, and UDP. If a guest listens on *all*
// addresses of a port before another guest does, it cannot reach the other guest's port: within one
// network namespace, only one socket can have the port.
//
// One object per region. Use from the event loop's thread only.
class GuestNetwork {
 public:
  struct Guest {
    std::vector<std::string> addresses;  // "127.x.y.z": the private address, then public ones
    const GuestSandbox* sandbox = nullptr;
    // Between the host and this guest. Connections between guests have no delay.
    std::chrono::nanoseconds one_way{};
    // admits: returns true if a client with that address may connect to the port. admits_any:
    // returns false if no client may connect to any port; such guests are not looked at.
    std::function<bool(const std::string& source, std::uint16_t port)> admits;
    std::function<bool()> admits_any;
    std::function<void(const std::string& line)> on_problem;  // at most once per port
  };
  // Membership of one guest. Its destruction ends all connections from and to the guest.
  class Membership {
   public:
    Membership(GuestNetwork* network, std::uint64_t number) : network_(network), number_(number) {}
    ~Membership() { network_->Leave(number_); }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

   private:
    GuestNetwork* network_;
    std::uint64_t number_;
  };

  // `ssh_port` is never opened here.
  GuestNetwork(event_base* base, std::uint16_t ssh_port);
  ~GuestNetwork();
  GuestNetwork(const GuestNetwork&) = delete;
  GuestNetwork& operator=(const GuestNetwork&) = delete;

  // Requires: the sandbox is ready and outlives the membership.
  std::unique_ptr<Membership> Join(Guest guest);

 private:
  // An open port: the network (a member's number, or 0 for the host), the address, the port.
  using Place = std::tuple<std::uint64_t, std::string, std::uint16_t>;
  struct Door {
    OwnedFd listener;  // none if it could not be opened
    std::unique_ptr<Acceptor> acceptor;
    std::chrono::steady_clock::time_point retry_at{};
  };
  struct Member {
    Guest guest;
    OwnedFd diagnostics;
    std::map<Place, Door> doors;  // to this member
    bool told_ports = false;      // reported that it listens on too many ports
    std::chrono::steady_clock::time_point rests_until{};  // not looked at before this time
  };
  struct Connection {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::unique_ptr<DelayedRelay> relay;
  };

  void LookSoon();
  void Look();
  void LookAt(std::uint64_t number, Member* member);
  std::set<Place> PlacesFor(std::uint64_t number, Member* member);
  void OpenDoor(std::uint64_t number, Member* member, const Place& place);
  bool HasTooMany(std::uint64_t number) const;
  void Carry(std::uint64_t from, std::uint64_t to, OwnedFd client, std::uint16_t port);
  void Leave(std::uint64_t number);

  event_base* base_;
  std::uint16_t ssh_port_;
  std::uint64_t last_number_ = 0;
  std::uint64_t looked_at_ = 0;  // the member looked at last
  std::map<std::uint64_t, Member> members_;
  std::list<Connection> connections_;
  Timers timers_;
};

}  // namespace localcloud
