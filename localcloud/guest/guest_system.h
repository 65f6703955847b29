// The guest software that matters for booting and logging in. It is read from the guest's tree,
// which bakes change.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/root_commands.h"
#include "localcloud/machine/machine.h"

struct ssh_key_struct;

namespace localcloud {

// Use from the event loop's thread only. Functions that change the tree throw std::runtime_error.
class GuestSystem {
 public:
  // Both must outlive this object.
  GuestSystem(const GuestFiles* files, const MachineIdentity* identity)
      : files_(*files), identity_(*identity) {}

  // Looks for the package's marker file in etc/localcloud/packages.
  bool Has(const std::string& package) const;
  bool RunsCloudInit() const;  // installed, and not disabled

  // Writes the files that every boot leaves behind; on a new instance, also those of the first
  // boot. `cpus` is what nproc prints; if 0, it prints the host's number.
  void WriteBootFiles(const std::map<std::string, ModelledStep>& modelled_steps, int cpus) const;

  // Return the commands to run as root, in order: units that sshd waits for; units after sshd,
  // including timers; and `user_data`, if cloud-init runs it (a script, once per instance).
  // FinalCommands() also writes that script.
  std::vector<RootCommand> CommandsBeforeSshd() const;
  std::vector<RootCommand> CommandsAfterSshd() const;
  std::vector<RootCommand> FinalCommands(const std::string& user_data) const;
  void Finished() const;  // makes "cloud-init status" report done
  // Adds to what "systemctl show" and "systemd-analyze" tell of this boot. By name, as
  // MachineObserver::OnGuestEvent().
  void AddBootTimes(const std::vector<std::pair<std::string, Clock::time_point>>& times) const;
  // Sets the answer of "systemctl is-active hibinit-agent".
  void SetHibernationAgent(bool active) const;

  // Adds the key pair's key where cloud-init would put it.
  void AddKey(const std::string& public_key_line) const;
  // Returns the home directory relative to the tree; nothing if the user is unknown.
  std::optional<std::string> HomeOf(const std::string& user) const;
  // Reads the user's current authorized_keys.
  bool Authorizes(const std::string& user, ssh_key_struct* key) const;

 private:
  RootCommand UserDataCommand(const std::string& user_data) const;

  const GuestFiles& files_;
  const MachineIdentity& identity_;
};

}  // namespace localcloud
