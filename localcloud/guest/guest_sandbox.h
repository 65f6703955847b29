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

// Created by bubblewrap once per boot; each command then enters it. So a command costs only about a
// millisecond, and a background process can outlive the session that started it. All namespaces are
// its own. Its root is the machine's tree, writable, with the host's /usr mounted read-only;
// nothing else of the host is visible. Its user is uid 1000, the host's GuestOwner().
// /proc/sys/kernel/random/boot_id has this boot's value. The sandbox ends with this object, with
// its launcher (sandbox_entry.h), and with this process, however that ends.
//
// Use from the event loop's thread only.
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

  // `on_change` is called from the event loop when the sandbox is ready and when it has failed; it
  // may also fail later. Throws std::runtime_error, also if the tree has a symbolic link in place
  // of a directory on which a host directory is mounted.
  GuestSandbox(const Options& options, std::function<void()> on_change);
  ~GuestSandbox();
  GuestSandbox(const GuestSandbox&) = delete;
  GuestSandbox& operator=(const GuestSandbox&) = delete;

  State state() const { return state_; }
  const std::string& failure() const { return failure_; }  // one line if it has failed

  // Ends the sandbox. The returned descriptor becomes readable when its last process has ended, so
  // that nothing writes its tree any more.
  OwnedFd End();

  // Requires, also for the functions below: state() is kReady. Throw std::runtime_error.
  GuestProcess Run(const GuestExec& exec) const;
  // Listens on 169.254.169.254:80 for the instance metadata service. Only this guest can reach it.
  OwnedFd ListenOnMetadataAddress() const;
  // Listens in the guest's own network. A program there that listens on all addresses also listens
  // on `address`.
  OwnedFd Listen(const std::string& address, std::uint16_t port) const;
  // Returns a connection in progress to `address`. The guest sees it coming from `source` (both
  // "127.x.y.z").
  OwnedFd Connect(const std::string& source, const std::string& address, std::uint16_t port) const;
  // Returns a socket for asking which ports are open there (listening_ports.h).
  OwnedFd DiagnosticSocket() const;
  // Stops every process, for hibernation.
  void Freeze() const;
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
  std::string output_;  // of the sandbox's first process: errors, then the ready line
  mutable SandboxEntry entry_;
  GuestProcess monitor_;  // bubblewrap itself, outside the sandbox
  // Closing it ends the first process, and all others with it.
  OwnedFd life_pipe_;
  OwnedFd output_pipe_;
  OwnedFd info_file_;  // bubblewrap writes its child's process id here
  OwnedFd first_;      // the first process inside; it lives as long as the sandbox
  std::unique_ptr<FdWatch> watch_;
  std::unique_ptr<FdWatch> launcher_watch_;
  std::unique_ptr<FdWatch> monitor_watch_;
};

}  // namespace localcloud
