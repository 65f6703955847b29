// The software of a guest, as far as booting and logging in need it: read from its tree, which
// bakes change.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/root_commands.h"
#include "localcloud/machine/machine.h"

struct ssh_key_struct;

namespace localcloud {

// From the event loop's thread only. What changes the tree throws std::runtime_error.
class GuestSystem {
 public:
  // Both outlive it.
  GuestSystem(const GuestFiles* files, const MachineIdentity* identity)
      : files_(*files), identity_(*identity) {}

  bool Has(const std::string& package) const;  // its marker is in etc/localcloud/packages
  bool RunsCloudInit() const;                  // installed, and not disabled

  // What every boot leaves behind, and a new instance's first one.
  void WriteBootFiles(const std::map<std::string, ModelledStep>& modelled_steps) const;

  // For root, in order: units that sshd waits for; those that come after it, timers included; and
  // `user_data` where cloud-init runs it (a script, once an instance). Writes that script.
  std::vector<RootCommand> CommandsBeforeSshd() const;
  std::vector<RootCommand> CommandsAfterSshd() const;
  std::vector<RootCommand> FinalCommands(const std::string& user_data) const;
  void Finished() const;  // "cloud-init status" says done
  // Says "systemctl is-active hibinit-agent".
  void SetHibernationAgent(bool active) const;

  // The key pair's key, where cloud-init puts it.
  void AddKey(const std::string& public_key_line) const;
  // Relative to the tree; nothing for an unknown user.
  std::optional<std::string> HomeOf(const std::string& user) const;
  // As the user's authorized_keys stands now.
  bool Authorizes(const std::string& user, ssh_key_struct* key) const;

 private:
  RootCommand UserDataCommand(const std::string& user_data) const;

  const GuestFiles& files_;
  const MachineIdentity& identity_;
};

}  // namespace localcloud
