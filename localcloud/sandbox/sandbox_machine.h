// A machine that is a directory tree: its boot follows modelled times, it answers real SSH, and it
// runs commands in a sandbox.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "localcloud/guest/authorized_keys.h"
#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/guest_lines.h"
#include "localcloud/guest/guest_metadata.h"
#include "localcloud/guest/guest_sandbox.h"
#include "localcloud/guest/guest_system.h"
#include "localcloud/guest/root_commands.h"
#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/timers.h"
#include "localcloud/machine/machine.h"
#include "localcloud/machine/machine_settings.h"
#include "localcloud/sandbox/address_holds.h"
#include "localcloud/sandbox/booting_address.h"
#include "localcloud/sandbox/endpoint_door.h"
#include "localcloud/sandbox/guest_network.h"
#include "localcloud/sshd/faulty_connections.h"
#include "localcloud/sshd/ssh_server.h"

namespace localcloud {

// Use from the event loop's thread only.
class SandboxMachine : public Machine, private SshHost {
 public:
  // Throws std::runtime_error if identity.root does not exist.
  SandboxMachine(const MachineSettings& settings, std::shared_ptr<AddressHolds> holds,
                 std::shared_ptr<ChildReaper> reaper, std::shared_ptr<GuestNetwork> network,
                 MachineIdentity identity, MachineObserver* observer);
  ~SandboxMachine() override;

  void PowerOn(const BootPlan& plan) override;
  void PowerOff() override;
  void ShutDown(bool keep_memory) override;
  void PushKey(const std::string& user, const std::string& public_key_line,
               Clock::time_point expiry) override;

 private:
  void End(bool keep_memory);
  // The steps of a boot, in order.
  void At(Clock::duration after_power_on, void (SandboxMachine::*step)());
  void TryTo(const char* what, void (SandboxMachine::*step)());
  void WriteBootFiles();
  // Starts the sandbox once that of the previous boot has ended.
  void StartSandbox();
  void MakeSandbox();
  void EndSandbox();
  bool SandboxIsToCome() const;
  void SandboxChanged();
  void ServeMetadata();
  void NetworkUp();
  void StartSshd();
  void OpenSsh();
  void Ready();
  void AwaitFinalStage();
  void RunFinalStage();
  void Finish();
  // Reports a part of the boot that only the guest sees. The guest tells it once it was written.
  void Happened(const std::string& name, Clock::time_point at);
  void WriteBootTimes();
  void HibernationIsPrepared();
  void JoinNetwork();
  void RunThen(std::vector<RootCommand> commands, void (SandboxMachine::*step)());
  void PrintHostKey();

  void ServeConnection(OwnedFd connection, Clock::time_point at);

  // SshHost.
  Verdict Judge(const std::string& user, ssh_key_struct* key) override;
  std::unique_ptr<GuestCommand> StartCommand(const std::string& user, GuestExec exec,
                                             const std::optional<winsize>& terminal,
                                             std::function<void()> on_progress,
                                             std::string* error) override;
  void OnLogin(Clock::time_point at) override { observer_->OnLogin(at); }
  void OnCommand(Clock::time_point at) override { observer_->OnCommand(at); }
  void OnSession(const MachineObserver::Session& session) override {
    observer_->OnSession(session);
  }

  MachineSettings settings_;
  std::shared_ptr<AddressHolds> holds_;
  std::shared_ptr<ChildReaper> reaper_;
  std::shared_ptr<GuestNetwork> network_;
  MachineIdentity identity_;
  MachineObserver* observer_;
  GuestFiles files_;
  GuestSystem system_;
  PushedKeys pushed_keys_;

  // The state of the memory, which hibernation keeps.
  std::string boot_id_;
  std::unique_ptr<GuestSandbox> sandbox_;
  OwnedFd last_end_;                    // readable once the previous sandbox has ended
  std::unique_ptr<FdWatch> end_watch_;  // set while the next sandbox waits for that
  std::unique_ptr<GuestMetadata> metadata_;
  std::unique_ptr<GuestLines> power_;
  std::unique_ptr<GuestLines> console_;
  std::list<RootCommands> root_commands_;  // including those whose background processes still run

  // The state of this boot.
  BootPlan plan_;
  Clock::time_point powered_on_{};
  bool boots_ = false;  // rather than resumes
  bool ready_ = false;
  Clock::time_point network_up_{};
  std::vector<std::pair<std::string, Clock::time_point>> boot_times_;  // not written yet
  std::unique_ptr<Timers> timers_;
  std::unique_ptr<GuestNetwork::Membership> membership_;
  std::unique_ptr<EndpointDoor> endpoint_;
  std::function<void()> when_sandbox_settles_;
  std::string host_key_fingerprint_;
  std::unique_ptr<SshServer> server_;
  std::unique_ptr<FaultyConnections> faulty_;
  std::int64_t connections_ = 0;              // of this boot
  Clock::time_point opened_{};                // when the SSH port opened
  std::unique_ptr<BootingAddress> filtered_;  // addresses that admit no SSH
  // The last member, and so destroyed first: nothing is accepted while the others are destroyed.
  std::unique_ptr<BootingAddress> address_;
};

}  // namespace localcloud
