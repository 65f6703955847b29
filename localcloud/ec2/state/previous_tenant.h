// The fault "reused_address".
#pragma once

#include <memory>
#include <string>

#include "localcloud/machine/machine.h"

namespace localcloud {

class Region;

// Another instance's machine, which still has the addresses of one that boots, and answers there
// until it is destroyed. From the event loop's thread only.
class PreviousTenant {
 public:
  // Up at once, at `plan`'s addresses, with its state in `directory`. Throws std::runtime_error
  // where the machine cannot be powered on.
  PreviousTenant(const Region& region, const std::string& directory, BootPlan plan);
  ~PreviousTenant();
  PreviousTenant(const PreviousTenant&) = delete;
  PreviousTenant& operator=(const PreviousTenant&) = delete;

 private:
  std::unique_ptr<MachineObserver> observer_;  // outlives the machine
  std::unique_ptr<Machine> machine_;
};

}  // namespace localcloud
