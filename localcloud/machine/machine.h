// What stands behind an instance: something that boots, answers SSH and runs commands.
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

struct event_base;

namespace localcloud {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as the truth reports it

// Who a machine is; fixed for its life.
struct MachineIdentity {
  std::string instance_id;
  std::string hostname;    // "ip-127-0-0-5"
  std::string login_user;  // "ec2-user"
  std::string root;        // its own root directory: a tree that this machine alone writes
  // The guest's metadata service reads it: one file a path below http://169.254.169.254/latest/,
  // such as meta-data/instance-id, meta-data/public-keys/0/openssh-key, user-data; the cloud keeps
  // it up to date.
  std::string metadata_directory;
};

// How one boot goes. Durations are already drawn and scaled; they count from PowerOn().
// The addresses are filtered (SYNs dropped) until closed_after, answer RST until open_after, accept
// connections but refuse logins until ready_after. Clock::duration::max() means never.
// What a guest only says it did (launch-bench-modelled): how long that takes, this time and the
// next ones.
struct ModelledStep {
  std::string note;  // one line: where the durations are from
  std::vector<Clock::duration> durations;
};

// Something that an SSH server does wrong on purpose (faults.h).
struct SshdFault {
  enum class Kind {
    kReset,              // each connection, right after it was accepted
    kSilent,             // says who it is, and nothing more
    kClosesKeyExchange,  // once the client has said something beyond who it is
    kRejectsKey,         // for `time` from the port's opening on
    kDropsStatus,        // the connection ends after a command's output, without its exit status
  };
  Kind kind = Kind::kReset;
  std::int64_t skip = 0;  // the first connections of a boot that are let through
  std::int64_t times = 0;
  std::chrono::milliseconds time{};
  std::shared_ptr<std::uint64_t> hits;  // counts connections and logins that it hit
};

struct BootPlan {
  // "127.x.y.z" each, this boot's own: the private address, then public ones, then that of IPv6.
  // All but the filtered ones behave alike, and each change of state is told to the observer once.
  // (A public address is another one after a stop and a start, as on EC2.)
  std::vector<std::string> addresses;
  Clock::duration closed_after{};
  Clock::duration open_after{};
  Clock::duration ready_after{};
  Clock::duration final_after{};  // cloud-init's last stage: user data, and then its end
  // How long after it was ready the guest's agent prepares hibernation; 0: there is none to
  // prepare.
  Clock::duration hibernation_setup{};
  enum class Refusal {
    kNoLogin,   // pam_nologin: a right key is told "booting up" and the connection is closed
    kKeyLater,  // the key arrives in authorized_keys only at ready_after: logins are rejected until
                // then
  };
  Refusal refusal = Refusal::kNoLogin;
  // Of these, those at which no security group or route lets SSH in: they stay filtered, whatever
  // goes on behind.
  std::set<std::string> filtered;
  bool ssh_admitted() const { return filtered.size() < addresses.size(); }
  bool resumed = false;  // from hibernation: same boot id, processes go on, keys stay
  // Added to the login user's authorized_keys in this boot, a line for each; empty: none.
  std::string authorized_key;
  // Run as root in cloud-init's last stage, once an instance, where the image runs user data. A
  // machine that is switched off before runs it in its next boot.
  std::string user_data;
  std::vector<SshdFault> sshd_faults;
  std::map<std::string, ModelledStep> modelled_steps;  // by name: "os-update"
};

// What a machine tells, from the event loop's thread. Times are stamped when it happened.
struct MachineObserver {
  virtual ~MachineObserver() = default;
  virtual void OnTcpClosed(Clock::time_point at) = 0;
  virtual void OnTcpOpen(Clock::time_point at) = 0;
  virtual void OnSshReady(Clock::time_point at) = 0;
  // One SSH connection, at its end or when its first command ends: zero where it did not get so
  // far.
  struct Session {
    std::string key_fingerprint;  // "SHA256:..." of the key that logged in
    Clock::time_point accepted{};
    Clock::time_point auth_ok{};
    Clock::time_point command_done{};  // exit status handed to the network
  };
  virtual void OnLogin(Clock::time_point at) = 0;    // each successful authentication
  virtual void OnCommand(Clock::time_point at) = 0;  // each command whose status was sent
  virtual void OnSession(const Session& session) = 0;
  virtual void OnGuestShutdown() = 0;  // the guest powered itself off (shutdown, poweroff)
  virtual void OnGuestReboot() {}      // the guest wants to be booted again (reboot, shutdown -r)
  virtual void OnConsole(const std::string& line) = 0;  // one line of console output
  // Asked, not told, while the machine runs: whether a client at `source` ("127.x.y.z") may connect
  // to a TCP port beside SSH, and whether any may at all.
  virtual bool Admits(const std::string& /*source*/, std::uint16_t /*port*/) { return false; }
  virtual bool AdmitsAny() { return false; }
};

// Used from the event loop's thread only. Destruction powers off, and leaves the root directory
// alone.
class Machine {
 public:
  virtual ~Machine() = default;

  // The addresses become filtered at once; one that is held (MachineFactory::Hold) is taken over
  // without a moment in which it answers RST. Throws std::runtime_error where one cannot be bound.
  virtual void PowerOn(const BootPlan& plan) = 0;
  // Closes the addresses and all sessions, ends all guest processes. `keep_memory`: hibernation
  // (the guest's processes are frozen, and go on at the next PowerOn with resumed=true).
  virtual void PowerOff(bool keep_memory) = 0;
  // Instance Connect: `public_key_line` is honoured for logins of `user` until `expiry`.
  virtual void PushKey(const std::string& user, const std::string& public_key_line,
                       Clock::time_point expiry) = 0;
};

// An address that no machine answers on, as an Elastic IP before its launch: filtered while this
// lives, except while a machine that is powered on has it.
class AddressHold {
 public:
  virtual ~AddressHold() = default;
};

// Makes machines. One implementation runs sandboxed commands on directory trees
// (sandbox_machine.h); another could run virtual machines.
class MachineFactory {
 public:
  virtual ~MachineFactory() = default;
  // `observer` outlives the machine.
  virtual std::unique_ptr<Machine> Create(const MachineIdentity& identity,
                                          MachineObserver* observer) = 0;
  // `address`: "127.x.y.z". Throws std::runtime_error where it cannot be bound.
  virtual std::unique_ptr<AddressHold> Hold(const std::string& address) = 0;
};

}  // namespace localcloud
