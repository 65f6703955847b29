// Addresses that stay filtered between the machines that use them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "localcloud/loop/owned_fd.h"
#include "localcloud/machine/machine.h"

namespace localcloud {

// Keeps a filtered listener for each address that is held, and lends it to the machine that boots
// there, so that the address never answers RST in between. From the event loop's thread only.
class AddressHolds : public std::enable_shared_from_this<AddressHolds> {
 public:
  // `port`: kept by a ReservedPort.
  explicit AddressHolds(std::uint16_t port) : port_(port) {}

  std::uint16_t port() const { return port_; }

  // Throws std::runtime_error where the address cannot be bound, is held already, or is a
  // machine's.
  std::unique_ptr<AddressHold> Hold(const std::string& address);

  // A filtered listener for a machine that boots: the held one, or a new one. Throws
  // std::runtime_error where it cannot be bound, or is another machine's.
  OwnedFd Lend(const std::string& address);
  // The machine is off. `listener`: its open or filtered listener, where it has one; it is filtered
  // again if the address is held, else closed.
  void TakeBack(const std::string& address, OwnedFd listener);

 private:
  class Held;
  OwnedFd Filtered(const std::string& address) const;

  std::uint16_t port_;
  std::map<std::string, OwnedFd> held_;  // no descriptor: held, and lent to a machine
  // The kernel would let two of our sockets share an address (BindReserved).
  std::set<std::string> lent_;
};

}  // namespace localcloud
