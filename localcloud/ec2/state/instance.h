// One instance: EC2's state machine, and the machine that boots, answers SSH and runs commands.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "localcloud/ec2/state/instance_metadata.h"
#include "localcloud/ec2/state/instance_types.h"
#include "localcloud/ec2/state/region.h"
#include "localcloud/ec2/state/resources.h"
#include "localcloud/loop/timers.h"
#include "localcloud/machine/machine.h"
#include "localcloud/model/truth.h"

namespace localcloud {

class PreviousTenant;

enum class InstanceState {
  kPending = 0,
  kRunning = 16,
  kShuttingDown = 32,
  kTerminated = 48,
  kStopping = 64,
  kStopped = 80,
};  // the values are EC2's state codes

const char* StateName(InstanceState state);  // "shutting-down"

struct RootVolume {
  std::string id;  // "vol-..."
  std::string device_name;
  std::int64_t gib = 8;
  std::string type = "gp3";
  bool encrypted = false;
  bool delete_on_termination = true;
  Tags tags;
};

// An instance that is launched with this tag draws its times by the tag's value, and not by its
// number among the launches of its kind. So two runs, or two variants of something, whose machines
// have the same tag get the same times for it. The machines of one call differ.
inline constexpr char kStepTag[] = "launch-bench:step";

// What RunInstances has decided about one instance.
struct LaunchSpec {
  std::shared_ptr<const Image> image;
  const InstanceType* type = nullptr;
  std::string reservation_id;
  int launch_index = 0;
  std::string step;  // the value of kStepTag; empty if it has no such tag
  std::string client_token;
  std::shared_ptr<NetworkInterface> interface;
  // Gets its own public address at each start, unless the interface has an Elastic IP.
  bool public_address = false;
  std::string key_name;
  std::string public_key_line;
  std::string user_data;  // decoded
  RootVolume root;
  bool hibernation = false;
  bool spot = false;
  bool terminate_on_shutdown = false;
  bool has_role = false;  // see instance_role.h
};

// Use from the event loop's thread only. Held by shared_ptr, because background work keeps it
// alive.
class Instance : public Resource,
                 private MachineObserver,
                 public std::enable_shared_from_this<Instance> {
 public:
  Instance(Region* region, LaunchSpec spec);
  ~Instance() override;

  // `received`: when the request arrived. `accepted`: when it was decided.
  void Launch(Clock::time_point received, Clock::time_point accepted);
  // These return the previous state. They throw ApiError(IncorrectInstanceState, ...) if the
  // current state does not allow the change. They do nothing if the change is already in progress
  // or done.
  InstanceState Start(Clock::time_point received, Clock::time_point accepted);
  InstanceState Stop(bool hibernate);
  InstanceState Terminate();
  // Boots again at once, with the same addresses. Does nothing if the instance is terminated or
  // shutting down.
  void Reboot(Clock::time_point received);
  // Returns a record of its root volume in its present state, attached.
  std::shared_ptr<Volume> NewVolume() const;
  // The rules of its security groups, or the members of those, may have changed.
  void IngressChanged();
  // For Instance Connect. Returns false if the image lacks the agent's sshd configuration, so that
  // the key has no effect.
  bool PushKey(const std::string& user, const std::string& public_key_line);

  // For CreateImage: copies the instance's files to `tree`. A start waits for the copy. Calls
  // `done` from the event loop, with EC2's text for the failure ("Client.VolumeLimitExceeded: ..."
  // if the files exceed the root volume), or with an empty text.
  void CopyRoot(const std::string& tree, std::function<void(const std::string& error)> done);

  // For ModifyInstanceAttribute.
  void SetTerminateOnShutdown(bool terminate) { spec_.terminate_on_shutdown = terminate; }
  // Throws ApiError(IncorrectInstanceState, ...) unless the instance is stopped.
  void SetType(const InstanceType* type);
  void SetProtected(bool is_protected) { protected_ = is_protected; }
  bool is_protected() const { return protected_; }  // from TerminateInstances

  const Region& region() const { return *region_; }
  const LaunchSpec& spec() const { return spec_; }
  InstanceState state() const { return state_; }
  // Returns the state that API calls report. If the faults say so, it lags behind state().
  InstanceState shown_state() const;
  // Returns the record of its last boot if describe calls still have to show the state "running" of
  // it; otherwise nullptr.
  std::shared_ptr<BootTruth> awaited() const;
  std::chrono::system_clock::time_point launch_time() const { return launch_time_; }
  const std::string& zone() const { return zone_; }
  const std::string& subnet_id() const { return subnet_id_; }
  const std::string& vpc_id() const { return vpc_id_; }
  std::string private_ip() const;  // empty once terminated
  std::string public_ip() const;   // empty until a describe may show it
  std::vector<std::string> group_ids() const;
  // For example "User initiated (2026-01-21 00:00:00 GMT)".
  const std::string& reason() const { return reason_; }
  const std::string& reason_code() const { return reason_code_; }
  // For the last launch or start: when it was decided, and when the instance is to be running.
  Clock::time_point accepted_time() const { return accepted_at_; }
  Clock::time_point planned_running_time() const { return running_at_; }
  // Returns "ok" once the guest has booted and the checks have noticed it (profile section
  // "consistency"), "initializing" before that, and "not-applicable" if the instance is not
  // running.
  const char* StatusCheck() const;
  std::string console() const;  // the last 64 KiB, as on EC2
  std::string root_directory() const { return directory_ + "/root"; }

 private:
  // MachineObserver
  void OnRunning(Clock::time_point at) override;
  void OnPoweredOff(Clock::time_point at) override;
  void OnFailure(const std::string& why) override;
  void OnTcpClosed(Clock::time_point at) override;
  void OnTcpOpen(Clock::time_point at) override;
  void OnSshReady(Clock::time_point at) override;
  void OnConnection(Clock::time_point at) override;
  void OnGuestEvent(const std::string& name, Clock::time_point at) override;
  void OnLogin(Clock::time_point at) override;
  void OnCommand(Clock::time_point at) override;
  void OnSession(const Session& session) override;
  void OnGuestShutdown() override;
  void OnGuestReboot() override;
  void OnConsole(const std::string& line) override;
  bool Admits(const std::string& source, std::uint16_t port) override;
  bool AdmitsAny() override;
  std::vector<IngressRule> Ingress() override;

  enum class BootKind { kFirst, kStarted, kResumed };
  void Boot(BootKind kind, Clock::time_point received, Clock::time_point accepted);
  // Returns true if the boot with that number is still in progress.
  bool IsBooting(int boot) const;
  void PrepareFiles(BootKind kind);
  void PowerOn(BootKind kind);
  void SwitchOn(BootKind kind);
  void BootAgain(Clock::time_point received);
  void FailBoot(const std::string& why);
  void Become(InstanceState state);
  void RunningIsDue();
  void BecomeRunning();
  void StoppedIsDue();
  void Interrupt();
  void FailHost();
  void AnswerAsPrevious(BootKind kind, std::chrono::milliseconds how_long);
  // Ends everything that this boot has begun.
  void EndBoot();
  void CutPower();  // and ends the boot
  void BecomeTerminated();
  BootPlan MakePlan(BootKind kind) const;
  // Divides the time from running until the network is up.
  void PlanGuestEvents(Clock::duration running_after, BootPlan* plan) const;
  void Schedule(Clock::duration delay, void (Instance::*step)());
  void SetReason(const std::string& code, const std::string& text);
  void ShowPublicAddress();
  void WriteInterruptionNotice(Clock::duration left);  // for a spot instance
  InstanceMetadata Metadata() const;
  std::string metadata_directory() const { return directory_ + "/metadata"; }
  Clock::duration Draw(const Distribution& distribution, const std::string& what) const;

  Region* region_;
  LaunchSpec spec_;
  std::string zone_;
  std::string subnet_id_;
  std::string vpc_id_;
  std::string directory_;
  std::string draw_key_;  // key of this instance's modelled durations
  InstanceState state_ = InstanceState::kPending;
  InstanceState previous_state_ = InstanceState::kPending;
  Clock::time_point state_since_{};
  std::chrono::system_clock::time_point launch_time_;
  int boots_ = 0;
  int images_in_the_making_ = 0;
  bool hibernated_ = false;
  std::string image_kind_;  // the entry of the profile's "boot" for its tree
  std::string own_public_ip_;
  std::string role_credentials_;  // of this boot, for the metadata service
  bool public_ip_visible_ = false;
  bool protected_ = false;
  bool booted_ = false;  // since the last start
  // A state is reached once its modelled time has passed and the machine has come that far.
  bool is_due_ = false;
  bool machine_is_on_ = false;
  bool reboots_ = false;  // is to be switched on again once it is off
  Clock::time_point accepted_at_{};
  Clock::time_point running_at_{};
  Clock::duration hibernation_setup_{};  // from SSH readiness; of this boot
  Clock::time_point hibernation_ready_at_ = Clock::time_point::max();
  LaunchFault fault_;
  std::unique_ptr<PreviousTenant> previous_;
  std::unique_ptr<Machine> machine_;
  std::shared_ptr<BootTruth> truth_;
  bool guest_has_asked_ = false;    // its own shutdown or reboot comes next
  std::vector<Timers::Id> timers_;  // of the current state; cancelled when the state ends
  std::string reason_;
  std::string reason_code_;
  std::string console_;  // console() returns its end
};

}  // namespace localcloud
