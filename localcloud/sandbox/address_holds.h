// Keeps addresses filtered between the machines that use them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "localcloud/loop/owned_fd.h"
#include "localcloud/machine/machine.h"

namespace localcloud {

// Keeps a filtered listener for each held address and lends it to the machine that boots there, so
// that the address never answers RST in between. Use from the event loop's thread only.
class AddressHolds : public std::enable_shared_from_this<AddressHolds> {
 public:
  // Requires: a ReservedPort keeps `port`.
  explicit AddressHolds(std::uint16_t port) : port_(port) {}

  std::uint16_t port() const { return port_; }

  // Throws std::runtime_error if the address cannot be bound, is already held, or belongs to a
  // machine.
  std::unique_ptr<AddressHold> Hold(const std::string& address);

  // Returns a filtered listener for a machine that boots: the held one, or a new one. Throws
  // std::runtime_error if the address cannot be bound or belongs to another machine.
  OwnedFd Lend(const std::string& address);
  // Call when the machine is off. `listener` is the machine's listener, open or filtered, if it has
  // one. It is filtered again if the address is held, and closed otherwise.
  void TakeBack(const std::string& address, OwnedFd listener);

 private:
  class Held;
  OwnedFd Filtered(const std::string& address) const;

  std::uint16_t port_;
  std::map<std::string, OwnedFd> held_;  // no descriptor: lent to a machine
  // Needed because the kernel would let two of our sockets share an address (BindReserved).
  std::set<std::string> lent_;
};

}  // namespace localcloud
