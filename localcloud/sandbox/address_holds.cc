#include "localcloud/sandbox/address_holds.h"

#include <sys/socket.h>

#include <stdexcept>
#include <utility>

#include "localcloud/loop/listener.h"

namespace localcloud {

class AddressHolds::Held : public AddressHold {
 public:
  Held(std::shared_ptr<AddressHolds> holds, std::string address)
      : holds_(std::move(holds)), address_(std::move(address)) {}
  ~Held() override { holds_->held_.erase(address_); }

 private:
  std::shared_ptr<AddressHolds> holds_;
  std::string address_;
};

OwnedFd AddressHolds::Filtered(const std::string& address) const {
  OwnedFd listener = BindReserved(address, port_);
  DropEverything(listener.get());
  StartListening(listener.get());
  return listener;
}

std::unique_ptr<AddressHold> AddressHolds::Hold(const std::string& address) {
  if (held_.contains(address)) throw std::runtime_error("address " + address + " is held already");
  if (lent_.contains(address)) throw std::runtime_error("address " + address + " is a machine's");
  held_.emplace(address, Filtered(address));
  return std::make_unique<Held>(shared_from_this(), address);
}

OwnedFd AddressHolds::Lend(const std::string& address) {
  if (lent_.contains(address)) throw std::runtime_error("address " + address + " is a machine's");
  const auto held = held_.find(address);
  OwnedFd listener =
      held != held_.end() && held->second ? std::move(held->second) : Filtered(address);
  lent_.insert(address);
  return listener;
}

void AddressHolds::TakeBack(const std::string& address, OwnedFd listener) {
  lent_.erase(address);
  const auto held = held_.find(address);
  if (held == held_.end()) return;
  if (!listener) {
    held->second = Filtered(address);
    return;
  }
  DropEverything(listener.get());
  // Connections that the machine had not accepted yet end with it.
  for (;;) {
    const OwnedFd late(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!late) break;
  }
  held->second = std::move(listener);
}

}  // namespace localcloud
