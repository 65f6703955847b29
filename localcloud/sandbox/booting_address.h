// The SSH port of a machine during its boot: filtered, then closed, then open.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/timers.h"
#include "localcloud/machine/machine.h"
#include "localcloud/sandbox/address_holds.h"

namespace localcloud {

// All addresses of one boot, which change together. They are filtered from construction until
// Close() or Open(). Use from the event loop's thread only. The destructor returns the addresses to
// `holds`.
class BootingAddress {
 public:
  using OnAccept = std::function<void(OwnedFd connection, Clock::time_point at)>;

  // Throws std::runtime_error if an address cannot be bound.
  BootingAddress(event_base* base, std::shared_ptr<AddressHolds> holds,
                 const std::vector<std::string>& addresses, OnAccept on_accept);
  ~BootingAddress();
  BootingAddress(const BootingAddress&) = delete;
  BootingAddress& operator=(const BootingAddress&) = delete;

  // From now on SYNs are answered with RST; no other process can take the port (ReservedPort).
  // Returns a time before the first RST.
  Clock::time_point Close();
  // From now on connections are accepted. Returns a time before the first one. Throws
  // std::runtime_error.
  Clock::time_point Open();

 private:
  struct Address {
    std::string name;
    OwnedFd listener;
    std::unique_ptr<FdWatch> watch;
  };
  void Accept(Address* address);
  void GiveBack();

  event_base* base_;
  std::shared_ptr<AddressHolds> holds_;
  OnAccept on_accept_;
  std::vector<std::unique_ptr<Address>> addresses_;
  Timers timers_;
};

}  // namespace localcloud
