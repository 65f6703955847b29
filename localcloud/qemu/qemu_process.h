// One QEMU process and the connection to its monitor (QMP).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/machine/machine.h"

struct event_base;

namespace localcloud {

// The events of a QEMU process, on the event loop's thread. Times are taken when the event arrived;
// QMP's own time stamps are used where they exist (converted to Clock).
struct QemuObserver {
  virtual ~QemuObserver() = default;
  virtual void OnVirtualMachineRuns(Clock::time_point at) = 0;  // its processors run
  // The guest has switched itself off, or asks to be booted again. The process ends next.
  virtual void OnGuestPowerOff(Clock::time_point at) = 0;
  virtual void OnGuestReset(Clock::time_point at) = 0;
  virtual void OnGuestPanic(Clock::time_point at) = 0;              // the pvpanic device
  virtual void OnSerial(const char* bytes, std::size_t count) = 0;  // the serial console's output
  virtual void OnMemorySaved(Clock::time_point at, const std::string& error) = 0;  // SaveMemory
  // The process is gone. `reason` is empty if it was to end: the guest was off, or End() was
  // called. Otherwise it holds one line: the last of QEMU's messages, or the signal.
  virtual void OnEnd(const std::string& reason) = 0;
};

// Use from the event loop's thread only. The destructor kills the process, and calls the observer
// no more; the reaper waits for the process.
class QemuProcess {
 public:
  struct Options {
    event_base* base = nullptr;
    std::shared_ptr<ChildReaper> reaper;
    bool kvm = false;  // otherwise TCG
    int cpus = 1;
    std::int64_t memory_mib = 512;
    std::string disk;  // qcow2; must be writable by the user that QEMU runs as
    // Boots this kernel directly, without firmware and boot loader; if empty, SeaBIOS boots the
    // disk.
    std::string kernel;
    std::string initrd;
    std::string kernel_command_line;
    int tap = -1;  // a descriptor, which stays the caller's
    std::string mac_address;
    std::string instance_id;  // in the guest's DMI data (serial, asset tag, uuid), as on EC2
    // A file with saved memory from which the machine resumes; if empty, it boots.
    std::string saved_memory;
    // The generation id of the memory (vmgenid), a UUID. A new one tells a resumed kernel that it
    // is a copy.
    std::string generation_id;
  };
  // Starts the process. Throws std::runtime_error if that is not possible.
  QemuProcess(Options options, QemuObserver* observer);
  ~QemuProcess();
  QemuProcess(const QemuProcess&) = delete;
  QemuProcess& operator=(const QemuProcess&) = delete;

  // Presses the power button (ACPI). The guest may take its time, or ignore it.
  void PressPowerButton();
  // Stops the processors and writes memory and device state to the new file `path`. Reports
  // OnMemorySaved, and the processors stay stopped.
  void SaveMemory(const std::string& path);
  // Lets processors run that SaveMemory() has stopped.
  void Continue();
  void End();  // kills the process; OnEnd follows

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
