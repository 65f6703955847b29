#include "localcloud/sandbox/booting_address.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "localcloud/loop/listener.h"

namespace localcloud {

BootingAddress::BootingAddress(event_base* base, std::shared_ptr<AddressHolds> holds,
                               const std::vector<std::string>& addresses, OnAccept on_accept)
    : base_(base), holds_(std::move(holds)), on_accept_(std::move(on_accept)), timers_(base) {
  try {
    for (const std::string& name : addresses) {
      auto address = std::make_unique<Address>();
      address->name = name;
      address->listener = holds_->Lend(name);
      addresses_.push_back(std::move(address));
    }
  } catch (...) {
    GiveBack();
    throw;
  }
}

BootingAddress::~BootingAddress() { GiveBack(); }

void BootingAddress::GiveBack() {
  for (const auto& address : addresses_) {
    address->watch.reset();
    holds_->TakeBack(address->name, std::move(address->listener));
  }
}

Clock::time_point BootingAddress::Close() {
  const Clock::time_point at = Clock::now();
  for (const auto& address : addresses_) {
    address->watch.reset();
    address->listener.Close();
  }
  return at;
}

Clock::time_point BootingAddress::Open() {
  // Everything slow or fallible comes before the timestamp.
  for (const auto& address : addresses_) {
    address->listener.Close();
    address->listener = BindReserved(address->name, holds_->port());
    address->watch = std::make_unique<FdWatch>(base_, address->listener.get(),
                                               [this, raw = address.get()] { Accept(raw); });
  }
  const Clock::time_point at = Clock::now();
  for (const auto& address : addresses_) {
    StartListening(address->listener.get());
    address->watch->Want(true, false);
  }
  return at;
}

void BootingAddress::Accept(Address* address) {
  // Accept several at once: connections that have ended meanwhile must not count as waiting.
  constexpr int kAtOnce = 16;
  for (int i = 0; i < kAtOnce; ++i) {
    OwnedFd connection(
        accept4(address->listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!connection) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno != EAGAIN) {
        // No descriptors left. The connection stays in the queue, so wait instead of spinning on
        // it.
        address->watch->Want(false, false);
        timers_.After(std::chrono::milliseconds(50), [address] {
          if (address->watch) address->watch->Want(true, false);
        });
      }
      return;
    }
    const int on = 1;
    setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    on_accept_(std::move(connection), Clock::now());
  }
}

}  // namespace localcloud
