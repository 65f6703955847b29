// The boots of an instance: from the accepted call to a machine that is powered on, including the
// faults of a launch that take effect during a boot.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "localcloud/ec2/state/admission.h"
#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/instance_role.h"
#include "localcloud/ec2/state/previous_tenant.h"
#include "localcloud/ec2/state/user_data.h"
#include "localcloud/loop/background_worker.h"

namespace localcloud {
namespace {

// From a spot instance's interruption notice to its interruption.
constexpr std::chrono::minutes kSpotNotice{2};
// How many uses of one modelled step per boot get their own duration. Later uses repeat them.
constexpr int kModelledUses = 32;

// The parts of the time from running until the network is up, in the order of the boot. Only their
// proportions matter, because the profile has the whole. Assumed: no published figures.
constexpr Distribution Part(double median_ms) {
  return {Distribution::Shape::kLognormal, median_ms, 0.1, 0};
}
constexpr Distribution kFirmware = Part(1400);
constexpr Distribution kKernel = Part(500);
constexpr Distribution kInitrd = Part(700);
constexpr Distribution kUserspaceToNetwork = Part(800);

}  // namespace

void Instance::Boot(BootKind kind, Clock::time_point received, Clock::time_point accepted) {
  const CloudServices& services = region_->services;
  const Lifecycle& lifecycle = region_->latencies.lifecycle;
  Become(InstanceState::kPending);
  launch_time_ = std::chrono::system_clock::now();
  SetReason("pending", "");
  ++boots_;
  truth_ =
      services.truth->AddBoot(kind == BootKind::kFirst ? "launch" : "start", id, region_->name);
  truth_->Mark("requested", received);
  truth_->Mark("accepted", accepted);
  const Distribution& to_running = kind == BootKind::kFirst     ? lifecycle.pending_to_running
                                   : kind == BootKind::kStarted ? lifecycle.starting_to_running
                                                                : lifecycle.resuming_to_running;
  accepted_at_ = accepted;
  running_at_ = accepted + Draw(to_running, "to_running");
  const bool elastic = region_->AddressOfInterface(spec_.interface->id) != nullptr;
  own_public_ip_ = spec_.public_address && !elastic ? region_->NewPublicIp() : std::string();
  public_ip_visible_ = false;
  booted_ = false;
  if (spec_.has_role) {
    role_credentials_ = NewRoleCredentials(
        services.session_keys, std::chrono::system_clock::now() + services.faults->clock_skew());
  }

  if (images_in_the_making_ == 0) return PrepareFiles(kind);
  // Images are being copied and must contain the files as they are now. The start waits for all
  // copies: this job comes after them in the worker's queue.
  services.image_worker->Run([](const std::stop_token&) {},
                             [self = shared_from_this(), kind, boot = boots_](const std::string&) {
                               if (self->IsBooting(boot)) self->PrepareFiles(kind);
                             });
}

bool Instance::IsBooting(int boot) const {
  return state_ == InstanceState::kPending && boots_ == boot;
}

BootPlan Instance::MakePlan(BootKind kind) const {
  // If an instance was stopped before its first boot was complete, its next boot repeats the steps
  // of a first boot.
  const bool first = kind == BootKind::kFirst ||
                     (kind == BootKind::kStarted &&
                      region_->machines->volumes().FirstBootIsUnfinished(root_directory()));
  const BootDistributions& boot = region_->latencies.Boot(first                        ? image_kind_
                                                          : kind == BootKind::kStarted ? "started"
                                                                                       : "resumed");
  BootPlan plan;
  plan.addresses.push_back(spec_.interface->private_ip);
  const Address* elastic = region_->AddressOfInterface(spec_.interface->id);
  if (elastic != nullptr) plan.addresses.push_back(elastic->public_ip);
  if (!own_public_ip_.empty()) plan.addresses.push_back(own_public_ip_);
  plan.sshd_faults = region_->services.faults->sshd();
  if (!spec_.interface->ipv6.empty()) plan.addresses.push_back(ListenerOf(spec_.interface->ipv6));
  for (const std::string& address : plan.addresses) {
    if (!AdmitsSsh(*region_, *spec_.interface, address)) plan.filtered.insert(address);
  }
  const Clock::duration running_after =
      std::max(running_at_ - Clock::now(), Clock::duration::zero());
  plan.closed_after = running_after + Draw(boot.running_to_closed, "closed");
  PlanGuestEvents(running_after, &plan);
  plan.open_after = plan.closed_after + Draw(boot.closed_to_open, "open");
  plan.ready_after = plan.open_after + Draw(boot.open_to_ready, "ready");
  plan.final_after =
      plan.ready_after + Draw(region_->latencies.lifecycle.cloud_init_final, "cloud_init_final");
  if (spec_.hibernation) {
    plan.hibernation_setup =
        Draw(region_->latencies.lifecycle.hibernation_ready, "hibernation_ready");
  }
  for (const auto& [name, step] : region_->latencies.guest) {
    ModelledStep& modelled = plan.modelled_steps[name];
    modelled.note = step.note;
    for (int use = 0; use < kModelledUses; ++use) {
      modelled.durations.push_back(Draw(step.duration, fmt::format("guest/{}/{}", name, use)));
    }
  }
  plan.cpus = spec_.type->vcpus;
  plan.memory_mib = spec_.type->memory_mib;
  if (region_->services.profile->key_later()) plan.refusal = BootPlan::Refusal::kKeyLater;
  plan.resumed = kind == BootKind::kResumed;
  // Only cloud-init, or a custom unit in its place, installs the key pair's key and runs user data.
  if (first && image_kind_ != "minimal") {
    const UserData user_data = ReadUserData(spec_.user_data);
    plan.authorized_key = spec_.public_key_line;
    for (const std::string& key : user_data.keys)
      plan.authorized_key += (plan.authorized_key.empty() ? "" : "\n") + key;
    plan.user_data = user_data.script;
  }
  return plan;
}

void Instance::PlanGuestEvents(Clock::duration running_after, BootPlan* plan) const {
  const Clock::duration firmware = Draw(kFirmware, "firmware");
  const Clock::duration kernel = firmware + Draw(kKernel, "kernel");
  const Clock::duration initrd = kernel + Draw(kInitrd, "initrd");
  const Clock::duration all = initrd + Draw(kUserspaceToNetwork, "userspace");
  const std::chrono::duration<double, Clock::period> whole = plan->closed_after - running_after;
  const auto after = [&](Clock::duration part) {
    if (all <= Clock::duration::zero()) return plan->closed_after;  // a time scale of 0
    const double share = static_cast<double>(part.count()) / static_cast<double>(all.count());
    return running_after + std::chrono::duration_cast<Clock::duration>(share * whole);
  };
  plan->kernel_after = after(firmware);
  plan->initrd_after = after(kernel);
  plan->userspace_after = after(initrd);
}

void Instance::PowerOn(BootKind kind) {
  const Lifecycle& lifecycle = region_->latencies.lifecycle;
  const Clock::duration until_running =
      std::max(running_at_ - Clock::now(), Clock::duration::zero());
  if (machine_ == nullptr) {
    MachineIdentity identity;
    identity.instance_id = id;
    identity.hostname = "ip-" + spec_.interface->private_ip;
    std::replace(identity.hostname.begin(), identity.hostname.end(), '.', '-');
    identity.login_user = "ec2-user";
    identity.mac_address = spec_.interface->mac_address;
    identity.root = root_directory();
    identity.metadata_directory = metadata_directory();
    machine_ = region_->machines->Create(identity, this);
  }
  Schedule(until_running, &Instance::RunningIsDue);
  const auto visible = std::min(Draw(lifecycle.public_address, "public_address"), until_running);
  timers_.push_back(region_->services.timers->After(visible, [this] { ShowPublicAddress(); }));
  if (kind == BootKind::kFirst && fault_.previous_answers_for) {
    AnswerAsPrevious(kind, *fault_.previous_answers_for);
  } else {
    SwitchOn(kind);
  }
}

void Instance::SwitchOn(BootKind kind) {
  try {
    const BootPlan plan = MakePlan(kind);
    hibernation_setup_ = plan.hibernation_setup;
    machine_->PowerOn(plan);
  } catch (const std::runtime_error& failure) {
    OnConsole(std::string("localcloud: ") + failure.what());
    FailBoot(failure.what());
  }
}

void Instance::AnswerAsPrevious(BootKind kind, std::chrono::milliseconds how_long) {
  machine_is_on_ = true;  // for the account
  try {
    previous_ =
        std::make_unique<PreviousTenant>(*region_, directory_ + "/previous", MakePlan(kind));
  } catch (const std::runtime_error& failure) {
    OnConsole(std::string("localcloud: ") + failure.what());
  }
  timers_.push_back(region_->services.timers->After(how_long, [this, kind] {
    previous_.reset();
    SwitchOn(kind);
  }));
}

void Instance::OnRunning(Clock::time_point /*at*/) {
  machine_is_on_ = true;
  if (state_ == InstanceState::kPending && is_due_) BecomeRunning();
}

void Instance::RunningIsDue() {
  is_due_ = true;
  if (machine_is_on_) BecomeRunning();
}

void Instance::BecomeRunning() {
  is_due_ = false;
  Become(InstanceState::kRunning);
  ShowPublicAddress();
  SetReason("", "");
  truth_->Mark("running", Clock::now());
  if (!fault_.interrupted_after) return;
  // The guest finds the notice in its metadata (user guide, "Spot Instance interruption notices").
  const auto after = *fault_.interrupted_after;
  timers_.push_back(region_->services.timers->After(after - kSpotNotice, [this, after] {
    WriteInterruptionNotice(std::min<Clock::duration>(after, kSpotNotice));
  }));
  Schedule(after, &Instance::Interrupt);
}

// The same machine on the same host; the account sees no change.
void Instance::BootAgain(Clock::time_point received) {
  if (previous_ != nullptr) return;  // still off; its first boot is yet to come
  ++boots_;
  booted_ = false;
  hibernation_ready_at_ = Clock::time_point::max();
  truth_ = region_->services.truth->AddBoot("reboot", id, region_->name);
  truth_->Mark("requested", received);
  truth_->Mark("accepted", Clock::now());
  reboots_ = true;
  machine_->ShutDown(false);  // reports OnPoweredOff, which switches it on again
}

}  // namespace localcloud
