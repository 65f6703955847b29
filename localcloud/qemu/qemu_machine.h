// A machine that is a virtual machine: a QEMU process, its disk and its place in the network.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "localcloud/guest/guest_metadata.h"
#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/timers.h"
#include "localcloud/machine/machine.h"
#include "localcloud/machine/machine_settings.h"
#include "localcloud/qemu/memory_budget.h"
#include "localcloud/qemu/private_network.h"
#include "localcloud/qemu/qemu_process.h"

namespace localcloud {

// What the virtual machines of one cloud share.
struct QemuSettings {
  MachineSettings machines;
  std::shared_ptr<ChildReaper> reaper;
  std::shared_ptr<PrivateNetwork> network;
  std::shared_ptr<MemoryBudget> memory;
  bool kvm = false;
  int host_cpus = 1;
};

// Returns how much memory a guest takes with the process that runs it.
std::int64_t MemoryWithQemu(std::int64_t guest_mib, bool kvm);

// Use from the event loop's thread only.
class QemuMachine : public Machine, private QemuObserver {
 public:
  QemuMachine(const QemuSettings& settings, MachineIdentity identity, MachineObserver* observer);
  ~QemuMachine() override;

  // Throws std::runtime_error if the host has no memory left for the guest.
  void PowerOn(const BootPlan& plan) override;
  void PowerOff() override;
  void ShutDown(bool keep_memory) override;
  void IngressChanged() override;
  void PushKey(const std::string& user, const std::string& public_key_line,
               Clock::time_point expiry) override;

 private:
  // QemuObserver
  void OnVirtualMachineRuns(Clock::time_point at) override;
  void OnGuestPowerOff(Clock::time_point at) override;
  void OnGuestReset(Clock::time_point at) override;
  void OnGuestPanic(Clock::time_point at) override;
  void OnSerial(const char* bytes, std::size_t count) override;
  void OnMemorySaved(Clock::time_point at, const std::string& error) override;
  void OnEnd(const std::string& reason) override;

  GuestLink::Options LinkOptions(const BootPlan& plan);
  // REQUIRES: the link is there.
  QemuProcess::Options ProcessOptions(const BootPlan& plan) const;
  GuestLink::Events Events();
  void PressPowerButton();
  void Discard();  // everything of this boot
  void AddToConsole(std::string line);
  void WritePushedKeys(const std::string& user);
  std::string LastLines() const;
  std::string saved_memory() const { return identity_.root + ".memory"; }

  // Why the QEMU process is to end.
  enum class Ending { kNone, kShutDown, kGuestOff, kGuestReset, kPanic };
  struct PushedKey {
    std::string user;
    std::string line;
    Clock::time_point expiry;
  };

  QemuSettings settings_;
  MachineIdentity identity_;
  MachineObserver* observer_;
  std::string generation_id_;  // of the memory
  bool memory_is_saved_ = false;
  std::deque<std::string> last_lines_;  // of the console
  std::string line_;                    // the console's unfinished line
  std::deque<PushedKey> pushed_keys_;

  // The state of this boot.
  Ending ending_ = Ending::kNone;
  std::int64_t memory_mib_ = 0;
  std::vector<IngressRule> ingress_;
  std::set<std::string> signs_seen_;  // of the boot, on the console
  std::unique_ptr<MemoryBudget::Share> memory_;
  std::unique_ptr<GuestLink> link_;
  std::unique_ptr<GuestMetadata> metadata_;
  std::unique_ptr<Timers> timers_;
  std::unique_ptr<QemuProcess> qemu_;
};

}  // namespace localcloud
