// One QEMU process and the connection to its monitor (QMP).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "localcloud/loop/child_reaper.h"
#include "localcloud/machine/machine.h"

struct event_base;

namespace localcloud {

// The events of a QEMU process, on the event loop's thread. The observer may destroy the
// QemuProcess in any of them. Times are QEMU's own time stamps (QmpEvent says how far they can be
// trusted).
struct QemuObserver {
  virtual ~QemuObserver() = default;
  // The processors begin to run, for the first time or again. `at` is taken by QEMU right before
  // that, and lies between this process's order to run and the arrival of the event.
  virtual void OnVirtualMachineRuns(Clock::time_point at) = 0;
  // The guest has switched itself off, or asks to be booted again. The process ends next.
  virtual void OnGuestPowerOff(Clock::time_point at) = 0;
  virtual void OnGuestReset(Clock::time_point at) = 0;
  // The guest's kernel has panicked, as far as it has a driver for the pvpanic device. Reported
  // once. The guest then does what its kernel's "panic=" says: it hangs, or resets.
  virtual void OnGuestPanic(Clock::time_point at) = 0;
  // The serial console's output, at most kSerialDelay after the guest has written it, unless the
  // event loop is late.
  virtual void OnSerial(const char* bytes, std::size_t count) = 0;
  // The guest has written faster than it was read, so it may have waited for its console. OnSerial
  // follows.
  virtual void OnSerialFull() {}
  // SaveMemory() is done, and was so at `at`; Continue() and End() may follow. `error` is empty, or
  // one line.
  virtual void OnMemorySaved(Clock::time_point at, const std::string& error) = 0;
  // The process is gone; reported once, after everything that it said before. `reason` is empty if
  // it was to end: the guest was off, or End() was called. Otherwise it holds one line: QEMU's last
  // messages, or the signal.
  virtual void OnEnd(const std::string& reason) = 0;
};

// Starts, watches and ends one QEMU.
//
// Rights: QEMU runs as a user of its own if this process is root (qemu_child.h), in its seccomp
// sandbox, and dies with the thread that made this object. It opens no path that this process
// names: it gets descriptors. So disks and saved memory may have any owner and mode and lie in any
// directory, but the kernel and the initrd must be readable by everyone, because QEMU opens them
// anew.
//
// Serial console: a pipe of 64 KiB, from which the event loop reads. Nothing is kept here, so a
// guest that floods its console costs no memory. If the loop does not come to read for so long that
// the pipe is full, the guest's serial port is busy, as with a slow terminal: its programs wait
// when they write to the console, and its kernel waits a little for each character (Linux: 10 ms),
// then loses it. OnSerialFull() tells.
//
// Use from the event loop's thread only. The destructor kills the process, and calls the observer
// no more; the reaper waits for the process. Until that has ended, it holds the lock of its disk:
// to boot the disk again, call End() and wait for OnEnd.
class QemuProcess {
 public:
  // The pause between two reads of the console.
  static constexpr std::chrono::milliseconds kSerialDelay{2};

  struct Options {
    event_base* base = nullptr;
    std::shared_ptr<ChildReaper> reaper;
    bool kvm = false;  // otherwise TCG
    int cpus = 1;
    std::int64_t memory_mib = 512;
    // A qcow2 overlay, or empty: no disk. The file that it is based on, if any, must lie below one
    // of `base_places` (disk_layers.h says why), and so must the file below that.
    std::string disk;
    std::vector<std::string> base_places;
    // Boots this kernel directly, without firmware and boot loader; if empty, SeaBIOS boots the
    // disk.
    std::string kernel;
    std::string initrd;  // may be empty
    std::string kernel_command_line;
    int tap = -1;  // a descriptor, which stays the caller's; -1: no network
    std::string mac_address;
    std::string instance_id;  // in the guest's DMI data (serial, asset tag, uuid), as on EC2
    // A file with saved memory from which the machine resumes; if empty, it boots. All other
    // options must be as they were when it was saved, but the disk, which must have the content of
    // then, the tap and generation_id. The guest keeps its MAC address and DMI data.
    std::string saved_memory;
    // The generation id of the memory (vmgenid), a UUID. A new one tells a resumed kernel that it
    // is a copy. If empty, there is no such device.
    std::string generation_id;
  };
  // Starts the process. Throws std::runtime_error, with one line, if that is not possible: QEMU or
  // a file is missing, or a disk is broken. What QEMU finds later is the reason of OnEnd.
  QemuProcess(Options options, QemuObserver* observer);
  ~QemuProcess();
  QemuProcess(const QemuProcess&) = delete;
  QemuProcess& operator=(const QemuProcess&) = delete;

  // Presses the power button (ACPI). The guest may take its time, or ignore it.
  void PressPowerButton();
  // Stops the processors and writes memory and device state to the new file `path`. Reports
  // OnMemorySaved, unless the process ends first. The processors stay stopped, also after an error.
  // An incomplete file is removed. REQUIRES: no other SaveMemory() is under way.
  void SaveMemory(const std::string& path);
  // Lets processors run that SaveMemory() has stopped.
  void Continue();
  void End();  // kills the process; OnEnd follows
  pid_t pid() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
