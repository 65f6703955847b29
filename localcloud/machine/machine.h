// The interface of the machine behind an instance: it boots, answers SSH and runs commands.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "localcloud/loop/owned_fd.h"
#include "localcloud/machine/ingress_rule.h"
#include "localcloud/machine/root_volumes.h"

struct event_base;

namespace localcloud {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as in the truth

// A machine's identity, fixed for its life.
struct MachineIdentity {
  std::string instance_id;
  std::string hostname;    // "ip-127-0-0-5"
  std::string login_user;  // "ec2-user"
  std::string mac_address;
  // Its root volume (RootVolumes). Only this machine writes there.
  std::string root;
  // The files of the guest's metadata service. Each path below http://169.254.169.254/latest/ is
  // one file: meta-data/instance-id, meta-data/public-keys/0/openssh-key, user-data. The cloud
  // keeps them up to date.
  std::string metadata_directory;
};

// A step that the guest only pretends to do (launch-bench-modelled): how long it takes this time
// and each following time.
struct ModelledStep {
  std::string note;  // one line: the source of the durations
  std::vector<Clock::duration> durations;
};

// A deliberate fault of an SSH server (faults.h).
struct SshdFault {
  enum class Kind {
    kReset,              // resets each connection right after accepting it
    kSilent,             // sends its version line, then nothing
    kClosesKeyExchange,  // closes the connection when the client sends something after its version
                         // line
    kRejectsKey,         // rejects keys for `time`, counted from when the port opened
    kDropsStatus,        // ends the connection after a command's output, without an exit status
  };
  Kind kind = Kind::kReset;
  // How many connections of each boot pass before the fault takes effect.
  std::int64_t skip = 0;
  std::int64_t times = 0;
  std::chrono::milliseconds time{};
  std::shared_ptr<std::uint64_t> hits;  // counts the affected connections and logins
};

// The course of one boot. A modelled machine follows all of it; a virtual machine takes the times
// that it takes, and uses addresses, cpus, memory_mib and resumed.
//
// Durations are already drawn and scaled, and count from PowerOn(). The addresses are filtered
// (SYNs dropped) until closed_after, answer RST until open_after, and accept connections but refuse
// logins until ready_after. Clock::duration::max() means never.
struct BootPlan {
  // Each is "127.x.y.z" ("10.x.y.z" for virtual machines) and belongs to this boot: the private
  // address, then public ones, then the one that stands for IPv6. All but the filtered ones behave
  // alike, and the observer hears of each change of state once. (As on EC2, the public address
  // changes with a stop and a start.)
  std::vector<std::string> addresses;
  // What the guest can tell of the time before its network is up (closed_after): when its kernel,
  // its initrd and its user space started.
  Clock::duration kernel_after{};
  Clock::duration initrd_after{};
  Clock::duration userspace_after{};
  Clock::duration closed_after{};
  Clock::duration open_after{};
  Clock::duration ready_after{};
  Clock::duration final_after{};  // start of cloud-init's last stage, which runs user data
  // From ready until the guest's agent has prepared hibernation. 0: no agent.
  Clock::duration hibernation_setup{};
  enum class Refusal {
    // As pam_nologin: a valid key gets "booting up", and the connection is closed.
    kNoLogin,
    // The key arrives in authorized_keys only at ready_after. Logins are rejected until then.
    kKeyLater,
  };
  Refusal refusal = Refusal::kNoLogin;
  // The addresses at which no security group or route admits SSH. They stay filtered throughout the
  // boot.
  std::set<std::string> filtered;
  bool ssh_admitted() const { return filtered.size() < addresses.size(); }
  // From hibernation: the boot id stays the same, processes continue and keys remain.
  bool resumed = false;
  // Keys to add to the login user's authorized_keys in this boot, one per line. May be empty.
  std::string authorized_key;
  // Run as root in cloud-init's last stage, once per instance, if the image runs user data. If the
  // machine is switched off before that, it runs in the next boot.
  std::string user_data;
  std::vector<SshdFault> sshd_faults;
  std::map<std::string, ModelledStep> modelled_steps;  // by name: "os-update"
  int cpus = 0;  // what nproc prints; 0: as many as the host has
  std::int64_t memory_mib = 0;
};

// Events that a machine reports, on the event loop's thread. Times are taken when the event
// happened.
struct MachineObserver {
  virtual ~MachineObserver() = default;
  // PowerOn() has taken effect: the machine executes its first instructions.
  virtual void OnRunning(Clock::time_point /*at*/) {}
  // ShutDown() has taken effect. May be called before it returns.
  virtual void OnPoweredOff(Clock::time_point /*at*/) {}
  // The machine has ended without being told to, or could not start. It is off.
  virtual void OnFailure(const std::string& /*why*/) {}
  virtual void OnTcpClosed(Clock::time_point at) = 0;
  virtual void OnTcpOpen(Clock::time_point at) = 0;
  virtual void OnSshReady(Clock::time_point at) = 0;
  // A part of the boot that only the guest sees, such as "kernel" and "cloud_init_local_started"
  // (docs/reference.md). May be reported later than other events that came after it.
  virtual void OnGuestEvent(const std::string& /*name*/, Clock::time_point /*at*/) {}
  // One SSH connection, reported when it ends or when its first command ends. Times are zero for
  // stages that it did not reach.
  struct Session {
    std::string key_fingerprint;  // "SHA256:..." of the key used to log in
    Clock::time_point accepted{};
    Clock::time_point auth_ok{};
    Clock::time_point command_done{};  // exit status handed to the network
  };
  virtual void OnConnection(Clock::time_point /*at*/) {}  // after each accept at the SSH port
  virtual void OnLogin(Clock::time_point at) = 0;         // after each successful authentication
  virtual void OnCommand(Clock::time_point at) = 0;  // after each command whose status was sent
  virtual void OnSession(const Session& session) = 0;
  virtual void OnGuestShutdown() = 0;  // the guest powered itself off (shutdown, poweroff)
  virtual void OnGuestReboot() {}      // the guest asks to be booted again (reboot, shutdown -r)
  virtual void OnConsole(const std::string& line) = 0;  // one line of console output
  // Queries by the machine while it runs. Admits: may a client at `source` ("127.x.y.z") connect to
  // this TCP port (other than SSH)? AdmitsAny: may any client connect to any such port?
  virtual bool Admits(const std::string& /*source*/, std::uint16_t /*port*/) { return false; }
  virtual bool AdmitsAny() { return false; }
  // Returns the rules of the machine's security groups, with groups as sources spelled out.
  virtual std::vector<IngressRule> Ingress() { return {}; }
};

// Use from the event loop's thread only. The destructor powers off and keeps the root directory.
class Machine {
 public:
  virtual ~Machine() = default;

  // Starts a boot. The addresses are filtered immediately. A held address (MachineFactory::Hold) is
  // taken over without a moment in which it answers RST. Throws std::runtime_error if an address
  // cannot be bound.
  virtual void PowerOn(const BootPlan& plan) = 0;
  // Pulls the plug: closes the addresses and all sessions, and ends all guest processes. Does
  // nothing if the machine is off.
  virtual void PowerOff() = 0;
  // Lets the guest shut down, and reports OnPoweredOff; at once if the machine is off. A guest that
  // takes too long loses its power. With `keep_memory` (hibernation) the guest's memory is kept
  // instead, and its processes continue at the next PowerOn with resumed=true.
  virtual void ShutDown(bool keep_memory) = 0;
  // The rules that MachineObserver::Ingress returns may have changed.
  virtual void IngressChanged() {}
  // For Instance Connect: accepts `public_key_line` for logins of `user` until `expiry`.
  virtual void PushKey(const std::string& user, const std::string& public_key_line,
                       Clock::time_point expiry) = 0;
};

// Keeps an address that no machine answers on, such as an Elastic IP before its launch. The address
// is filtered while this object lives, except while a machine that is powered on has it.
class AddressHold {
 public:
  virtual ~AddressHold() = default;
};

// Creates machines. One implementation runs sandboxed commands on directory trees (sandbox/), the
// other runs virtual machines (qemu/).
class MachineFactory {
 public:
  virtual ~MachineFactory() = default;
  virtual const RootVolumes& volumes() const = 0;
  // `observer` must outlive the machine.
  virtual std::unique_ptr<Machine> Create(const MachineIdentity& identity,
                                          MachineObserver* observer) = 0;
  // `address` is one of a BootPlan's. Throws std::runtime_error if it cannot be bound.
  virtual std::unique_ptr<AddressHold> Hold(const std::string& address) = 0;
};

}  // namespace localcloud
