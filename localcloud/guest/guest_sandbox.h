// The sandbox of one booted machine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "localcloud/guest/sandbox_entry.h"
#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"

struct event_base;

namespace localcloud {

// Made by bubblewrap once a boot, and entered by each command (that is what makes a command cost
// about a millisecond, and lets a background process outlive the session that started it). All
// namespaces are its own; its root is the machine's tree, writable, with the host's /usr beneath
// it, read-only; nothing else of the host is visible. Its user is uid 1000, the host's
// GuestOwner(); /proc/sys/kernel/random/boot_id is this boot's. It ends with this object, with its
// launcher (sandbox_entry.h), and with this process however that ends.
//
// From the event loop's thread only.
class GuestSandbox {
 public:
  struct Options {
    event_base* base = nullptr;
    ChildReaper* reaper = nullptr;
    std::string root;  // the machine's tree
    std::string hostname;
    std::string boot_id;
  };
  enum class State { kStarting, kReady, kFailed };

  // `on_change`: called from the event loop when it is ready, and when it has failed, which may
  // also come later. Throws std::runtime_error; if the tree has a link where a directory of the
  // host's is to be mounted, too.
  GuestSandbox(const Options& options, std::function<void()> on_change);
  ~GuestSandbox();
  GuestSandbox(const GuestSandbox&) = delete;
  GuestSandbox& operator=(const GuestSandbox&) = delete;

  State state() const { return state_; }
  const std::string& failure() const { return failure_; }  // one line, where it has failed

  // Ends it. Can be read when its last process has ended, and nothing writes its tree any more.
  OwnedFd End();

  // Only when ready. Throw std::runtime_error.
  GuestProcess Run(const GuestExec& exec) const;
  // For the instance metadata service: 169.254.169.254:80, which nobody but this guest can reach.
  OwnedFd ListenOnMetadataAddress() const;
  // In the guest's own network; a program that listens on all addresses there does so on `address`,
  // too.
  OwnedFd Listen(const std::string& address, std::uint16_t port) const;
  // A connection under way to `address`, which the guest sees coming from `source` (both
  // "127.x.y.z").
  OwnedFd Connect(const std::string& source, const std::string& address, std::uint16_t port) const;
  // To ask with which ports are open there (listening_ports.h).
  OwnedFd DiagnosticSocket() const;
  void Freeze() const;  // stops every process (hibernation)
  void Thaw() const;

 private:
  void ReadStatus();
  void LauncherEnded();
  void MonitorEnded();
  void Kill();
  void Settle(State state, const std::string& failure);

  ChildReaper* reaper_;
  std::function<void()> on_change_;
  State state_ = State::kStarting;
  std::string failure_;
  std::string output_;  // of the sandbox's first process: errors, then that it is ready
  mutable SandboxEntry entry_;
  GuestProcess monitor_;  // bubblewrap itself, outside
  OwnedFd life_pipe_;     // closed: the first process ends, and all others with it
  OwnedFd output_pipe_;
  OwnedFd info_file_;  // where bubblewrap tells its child's number
  OwnedFd first_;      // the first process inside, which lives as long as the sandbox
  std::unique_ptr<FdWatch> watch_;
  std::unique_ptr<FdWatch> launcher_watch_;
  std::unique_ptr<FdWatch> monitor_watch_;
};

}  // namespace localcloud
