// One instance: EC2's state machine over a machine that boots, answers SSH and runs commands.
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

// What RunInstances decided about one instance.
struct LaunchSpec {
  std::shared_ptr<const Image> image;
  const InstanceType* type = nullptr;
  std::string reservation_id;
  int launch_index = 0;
  std::string client_token;
  std::shared_ptr<NetworkInterface> interface;
  bool public_address =
      false;  // gets one of its own at each start, unless the interface has an Elastic IP
  std::string key_name;
  std::string public_key_line;
  std::string user_data;  // decoded
  RootVolume root;
  bool hibernation = false;
  bool spot = false;
  bool terminate_on_shutdown = false;
  bool has_role = false;  // instance_role.h
};

// From the event loop's thread only. Held by shared_ptr: work in the background keeps it alive.
class Instance : public Resource,
                 private MachineObserver,
                 public std::enable_shared_from_this<Instance> {
 public:
  Instance(Region* region, LaunchSpec spec);
  ~Instance() override;

  // `received` and `accepted`: when the request was there and when it was decided.
  void Launch(Clock::time_point received, Clock::time_point accepted);
  // These throw ApiError(IncorrectInstanceState, ...) where the state does not allow it; what is
  // already on its way there is left as it is. Each returns the state before.
  InstanceState Start(Clock::time_point received, Clock::time_point accepted);
  InstanceState Stop(bool hibernate);
  InstanceState Terminate();
  // Boots again at once, at the same addresses; nothing where it has ended already.
  void Reboot(Clock::time_point received);
  // Its root volume as it is now, attached.
  std::shared_ptr<Volume> NewVolume() const;
  // Instance Connect: false where the image lacks the agent's sshd configuration, so that the key
  // has no effect.
  bool PushKey(const std::string& user, const std::string& public_key_line);

  // CreateImage: copies its files to `tree`; a start waits for that. `done`: from the event loop,
  // with EC2's word for the failure ("Client.VolumeLimitExceeded: ..."), which is also that there
  // is more than the root volume holds; empty where there was none.
  void CopyRoot(const std::string& tree, std::function<void(const std::string& error)> done);

  // ModifyInstanceAttribute.
  void SetTerminateOnShutdown(bool terminate) { spec_.terminate_on_shutdown = terminate; }
  // While it is stopped only; throws ApiError(IncorrectInstanceState, ...).
  void SetType(const InstanceType* type);
  void SetProtected(bool is_protected) { protected_ = is_protected; }
  bool is_protected() const { return protected_; }  // from TerminateInstances

  const Region& region() const { return *region_; }
  const LaunchSpec& spec() const { return spec_; }
  InstanceState state() const { return state_; }
  // What calls are told: a little behind, if the faults ask for that.
  InstanceState shown_state() const;
  std::chrono::system_clock::time_point launch_time() const { return launch_time_; }
  const std::string& zone() const { return zone_; }
  const std::string& subnet_id() const { return subnet_id_; }
  const std::string& vpc_id() const { return vpc_id_; }
  std::string private_ip() const;  // empty once terminated
  std::string public_ip() const;   // empty until a describe may show it
  std::vector<std::string> group_ids() const;
  const std::string& reason() const {
    return reason_;
  }  // "User initiated (2026-01-21 00:00:00 GMT)"
  const std::string& reason_code() const { return reason_code_; }
  // Of the last launch or start: when it was decided, and when it is to be running.
  Clock::time_point accepted_time() const { return accepted_at_; }
  Clock::time_point planned_running_time() const { return running_at_; }
  // "ok" once the guest has booted and the checks have seen it (profile section "consistency"),
  // "initializing" before that, "not-applicable" if nothing runs.
  const char* StatusCheck() const;
  std::string console() const;  // the last 64 KiB, as EC2 keeps them
  std::string root_directory() const { return directory_ + "/root"; }

 private:
  // MachineObserver
  void OnTcpClosed(Clock::time_point at) override;
  void OnTcpOpen(Clock::time_point at) override;
  void OnSshReady(Clock::time_point at) override;
  void OnLogin(Clock::time_point at) override;
  void OnCommand(Clock::time_point at) override;
  void OnSession(const Session& session) override;
  void OnGuestShutdown() override;
  void OnGuestReboot() override;
  void OnConsole(const std::string& line) override;
  bool Admits(const std::string& source, std::uint16_t port) override;
  bool AdmitsAny() override;

  enum class BootKind { kFirst, kStarted, kResumed };
  void Boot(BootKind kind, Clock::time_point received, Clock::time_point accepted);
  bool IsBooting(int boot) const;  // still, for the boot of that number
  void PrepareFiles(BootKind kind);
  void PowerOn(BootKind kind);
  void SwitchOn(BootKind kind);
  void BootAgain(Clock::time_point received);
  void Become(InstanceState state);
  void BecomeRunning();
  void Interrupt();
  void FailHost();
  void AnswerAsPrevious(BootKind kind, std::chrono::milliseconds how_long);
  void PowerOff(bool keep_memory);
  void BecomeTerminated();
  BootPlan MakePlan(BootKind kind) const;
  void Schedule(Clock::duration delay, void (Instance::*step)());
  void SetReason(const std::string& code, const std::string& text);
  void ShowPublicAddress();
  void WriteInterruptionNotice(Clock::duration left);  // of a spot instance
  InstanceMetadata Metadata() const;
  std::string metadata_directory() const { return directory_ + "/metadata"; }
  Clock::duration Draw(const Distribution& distribution, const std::string& what) const;

  Region* region_;
  LaunchSpec spec_;
  std::string zone_;
  std::string subnet_id_;
  std::string vpc_id_;
  std::string directory_;
  std::string draw_key_;  // of this instance's modelled durations
  InstanceState state_ = InstanceState::kPending;
  InstanceState previous_state_ = InstanceState::kPending;
  Clock::time_point state_since_{};
  std::chrono::system_clock::time_point launch_time_;
  int boots_ = 0;
  int images_in_the_making_ = 0;
  bool hibernated_ = false;
  std::string image_kind_;  // which boot distribution the image's tree asks for
  std::string own_public_ip_;
  std::string role_credentials_;  // of this boot, as the metadata service gives them
  bool public_ip_visible_ = false;
  bool protected_ = false;
  bool booted_ = false;  // since the last start
  Clock::time_point accepted_at_{};
  Clock::time_point running_at_{};
  Clock::duration hibernation_setup_{};  // of this boot, from its readiness on
  Clock::time_point hibernation_ready_at_ = Clock::time_point::max();
  LaunchFault fault_;
  std::unique_ptr<PreviousTenant> previous_;
  std::unique_ptr<Machine> machine_;
  std::shared_ptr<BootTruth> truth_;
  bool guest_has_asked_ = false;    // for its own shutdown or reboot, which comes next
  std::vector<Timers::Id> timers_;  // of the current state; cancelled when it is left
  std::string reason_;
  std::string reason_code_;
  std::string console_;  // of which console() is the end
};

}  // namespace localcloud
