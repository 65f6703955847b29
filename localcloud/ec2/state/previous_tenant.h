// Implements the fault "reused_address".
#pragma once

#include <memory>
#include <string>

#include "localcloud/machine/machine.h"

namespace localcloud {

class Region;

// A machine of another instance that still has the addresses of an instance that boots. It answers
// there until this object is destroyed. Use from the event loop's thread only.
class PreviousTenant {
 public:
  // The machine is up immediately, at the addresses of `plan`, and keeps its state in `directory`.
  // Throws std::runtime_error if the machine cannot be powered on.
  PreviousTenant(const Region& region, const std::string& directory, BootPlan plan);
  ~PreviousTenant();
  PreviousTenant(const PreviousTenant&) = delete;
  PreviousTenant& operator=(const PreviousTenant&) = delete;

 private:
  std::unique_ptr<MachineObserver> observer_;  // must outlive the machine
  std::unique_ptr<Machine> machine_;
};

}  // namespace localcloud
