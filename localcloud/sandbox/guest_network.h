// The network between machines: what one listens on, others and the host can connect to.
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

// Every guest has a network of its own, in which its own addresses are local. This looks, every 10
// ms, which TCP ports guests listen on, and opens the same ports of the same addresses on the host
// and in the other guests' networks, as far as the guest's rules let them in: a connection there is
// relayed to one made inside the guest, which sees the address that it really comes from. Rules are
// asked at each look and for each connection, so that changes take effect at once. A port that
// nobody listens on, or that no rule opens, refuses connections.
//
// So that no guest uses up this process's descriptors, only the 64 lowest ports that it listens on
// are open, and connections beyond 256 from it, or to it, are reset. A guest with so many listeners
// that looking takes long is looked at less often.
//
// The SSH port is the machine's own, and none of this. UDP is not carried. A guest that listens on
// *all* addresses of a port before another one does keeps the other's port for itself (one
// namespace, one owner of a port), and so cannot reach it there.
//
// One a region. From the event loop's thread only.
class GuestNetwork {
 public:
  struct Guest {
    std::vector<std::string> addresses;  // "127.x.y.z": the private one, then public ones
    const GuestSandbox* sandbox = nullptr;
    std::chrono::nanoseconds one_way{};  // between the host and this guest; none between guests
    // Whether a client with that address may connect to the port. Whether anything may at all:
    // spares those that nobody may reach the looking.
    std::function<bool(const std::string& source, std::uint16_t port)> admits;
    std::function<bool()> admits_any;
    std::function<void(const std::string& line)> on_problem;  // once a port
  };
  // Ends what was carried to and from the guest.
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

  // `ssh_port` is never carried.
  GuestNetwork(event_base* base, std::uint16_t ssh_port);
  ~GuestNetwork();
  GuestNetwork(const GuestNetwork&) = delete;
  GuestNetwork& operator=(const GuestNetwork&) = delete;

  // The sandbox must be ready, and outlive the membership.
  std::unique_ptr<Membership> Join(Guest guest);

 private:
  // Where a port is open: in which network (a member's number; 0: the host), address, port.
  using Place = std::tuple<std::uint64_t, std::string, std::uint16_t>;
  struct Door {
    OwnedFd listener;  // none where it could not be opened
    std::unique_ptr<Acceptor> acceptor;
    std::chrono::steady_clock::time_point retry_at{};
  };
  struct Member {
    Guest guest;
    OwnedFd diagnostics;
    std::map<Place, Door> doors;                          // to this member
    bool told_ports = false;                              // that it listens on too many
    std::chrono::steady_clock::time_point rests_until{};  // is not looked at before
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
  std::uint64_t looked_at_ = 0;  // the member that was looked at last
  std::map<std::uint64_t, Member> members_;
  std::list<Connection> connections_;
  Timers timers_;
};

}  // namespace localcloud
