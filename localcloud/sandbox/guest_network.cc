#include "localcloud/sandbox/guest_network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "localcloud/loop/listener.h"
#include "localcloud/sandbox/listening_ports.h"

namespace localcloud {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenLooks{10};
constexpr int kLooksAtOnce = 16;  // members of a large fleet are looked at less often
// Limits looking to 5 % of the time. A look takes about 50 us, or about 50 ms with tens of
// thousands of listeners.
constexpr int kRestFactor = 20;
constexpr std::chrono::seconds kRetry{1};
constexpr std::uint64_t kHost = 0;
// Limits per guest. Each port needs a listener on the host and in each network that may connect.
// Each connection needs two descriptors.
constexpr std::size_t kMostPorts = 64;
constexpr std::ptrdiff_t kMostGuestConnections = 256;

// Returns the processor time of this thread, so that a busy host does not change the result.
std::chrono::nanoseconds ProcessorTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::string PeerOf(int fd) {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "127.0.0.1";
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
  return text;
}

void Reset(OwnedFd connection) {
  const linger at_once{1, 0};
  setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

GuestNetwork::GuestNetwork(event_base* base, std::uint16_t ssh_port)
    : base_(base), ssh_port_(ssh_port), timers_(base) {}

GuestNetwork::~GuestNetwork() = default;

std::unique_ptr<GuestNetwork::Membership> GuestNetwork::Join(Guest guest) {
  Member member;
  member.diagnostics = guest.sandbox->DiagnosticSocket();
  member.guest = std::move(guest);
  if (members_.empty()) LookSoon();
  const std::uint64_t number = ++last_number_;
  members_.emplace(number, std::move(member));
  return std::make_unique<Membership>(this, number);
}

void GuestNetwork::Leave(std::uint64_t number) {
  members_.erase(number);
  for (auto& [other, member] : members_) {
    std::erase_if(member.doors,
                  [number](const auto& door) { return std::get<0>(door.first) == number; });
  }
  connections_.remove_if(
      [number](const Connection& c) { return c.from == number || c.to == number; });
}

void GuestNetwork::LookSoon() {
  timers_.After(kBetweenLooks, [this] { Look(); });
}

void GuestNetwork::Look() {
  if (members_.empty()) return;  // the next Join() starts it again
  for (int i = 0; i < kLooksAtOnce && i < static_cast<int>(members_.size()); ++i) {
    auto next = members_.upper_bound(looked_at_);
    if (next == members_.end()) next = members_.begin();
    looked_at_ = next->first;
    Member& member = next->second;
    if (Clock::now() < member.rests_until) continue;
    const std::chrono::nanoseconds before = ProcessorTime();
    LookAt(next->first, &member);
    member.rests_until = Clock::now() + kRestFactor * (ProcessorTime() - before);
  }
  LookSoon();
}

void GuestNetwork::LookAt(std::uint64_t number, Member* member) {
  const std::set<Place> places = PlacesFor(number, member);
  std::erase_if(member->doors, [&](const auto& door) { return !places.contains(door.first); });
  for (const Place& place : places) {
    const auto door = member->doors.find(place);
    const bool open = door != member->doors.end() && door->second.listener;
    if (open || (door != member->doors.end() && Clock::now() < door->second.retry_at)) continue;
    OpenDoor(number, member, place);
  }
}

std::set<GuestNetwork::Place> GuestNetwork::PlacesFor(std::uint64_t number, Member* member) {
  std::set<Place> places;
  const Guest& guest = member->guest;
  if (!guest.admits_any()) return places;
  std::set<std::uint16_t> ports;
  try {
    ports = ListeningPorts(member->diagnostics.get(), guest.addresses);
  } catch (const std::runtime_error&) {
    return places;  // the network is just being destroyed
  }
  ports.erase(ssh_port_);
  if (ports.size() > kMostPorts) {
    ports.erase(std::next(ports.begin(), kMostPorts), ports.end());
    if (!std::exchange(member->told_ports, true)) {
      guest.on_problem("too many listening ports: only the lowest " + std::to_string(kMostPorts) +
                       " can be reached");
    }
  }
  for (const std::uint16_t port : ports) {
    const bool from_host = guest.admits("127.0.0.1", port);
    for (const std::string& address : guest.addresses) {
      if (from_host) places.emplace(kHost, address, port);
      for (const auto& [other, neighbour] : members_) {
        if (other != number && guest.admits(neighbour.guest.addresses.front(), port)) {
          places.emplace(other, address, port);
        }
      }
    }
  }
  return places;
}

void GuestNetwork::OpenDoor(std::uint64_t number, Member* member, const Place& place) {
  const auto& [where, address, port] = place;
  const bool first_try = !member->doors.contains(place);
  Door& door = member->doors[place];
  try {
    if (where == kHost) {
      door.listener = BindAddress(address, port);
      StartListening(door.listener.get());
    } else {
      door.listener = members_.at(where).guest.sandbox->Listen(address, port);
    }
  } catch (const std::runtime_error& error) {
    door.listener.Close();
    door.retry_at = Clock::now() + kRetry;
    if (first_try) member->guest.on_problem("port " + std::to_string(port) + ": " + error.what());
    return;
  }
  door.acceptor =
      std::make_unique<Acceptor>(base_, door.listener.get(), [this, number, place](OwnedFd client) {
        const int on = 1;
        setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        Carry(std::get<0>(place), number, std::move(client), std::get<2>(place));
      });
}

bool GuestNetwork::HasTooMany(std::uint64_t number) const {
  return number != kHost &&
         std::count_if(connections_.begin(), connections_.end(), [number](const Connection& c) {
           return c.from == number || c.to == number;
         }) >= kMostGuestConnections;
}

void GuestNetwork::Carry(std::uint64_t from, std::uint64_t to, OwnedFd client, std::uint16_t port) {
  const Guest& guest = members_.at(to).guest;
  const std::string source =
      from == kHost ? PeerOf(client.get()) : members_.at(from).guest.addresses.front();
  if (!guest.admits(source, port) || HasTooMany(from) || HasTooMany(to))
    return Reset(std::move(client));
  OwnedFd server;
  try {
    server = guest.sandbox->Connect(source, guest.addresses.front(), port);
  } catch (const std::runtime_error&) {
    return Reset(std::move(client));  // no longer listening
  }
  connections_.push_back({from, to, nullptr});
  const auto connection = std::prev(connections_.end());
  connection->relay = std::make_unique<DelayedRelay>(
      base_, from == kHost ? guest.one_way : std::chrono::nanoseconds(0), std::move(client),
      std::move(server), [this, connection] { connections_.erase(connection); });
}

}  // namespace localcloud
