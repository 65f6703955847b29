#include "localcloud/ec2/state/instance.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <utility>

#include "localcloud/ec2/state/admission.h"
#include "localcloud/ec2/state/previous_tenant.h"
#include "localcloud/http/api_error.h"
#include "localcloud/http/dates.h"

namespace localcloud {
namespace {

// Documented for Instance Connect; a protocol time, so it does not scale.
constexpr std::chrono::seconds kPushedKeyLife{60};
// "Terminated instances remain visible after termination for approximately one hour."
constexpr std::chrono::hours kTerminatedVisible{1};
// GetConsoleOutput returns the latest 64 KiB.
constexpr std::size_t kConsoleBytes = 64 << 10;

}  // namespace

const char* StateName(InstanceState state) {
  switch (state) {
    case InstanceState::kPending:
      return "pending";
    case InstanceState::kRunning:
      return "running";
    case InstanceState::kShuttingDown:
      return "shutting-down";
    case InstanceState::kTerminated:
      return "terminated";
    case InstanceState::kStopping:
      return "stopping";
    case InstanceState::kStopped:
      return "stopped";
  }
  return "";
}

Instance::Instance(Region* region, LaunchSpec spec) : region_(region), spec_(std::move(spec)) {
  id = region_->NewId("i");
  ordinal = region_->NextOrdinal();
  zone_ = spec_.interface->zone;
  subnet_id_ = spec_.interface->subnet_id;
  vpc_id_ = spec_.interface->vpc_id;
  directory_ = region_->services.directory + "/instances/" + id;
  if (spec_.step.empty()) {
    // Numbered among the launches of the same kind, so that other launches in between do not change
    // its times.
    const std::string kind = fmt::format("{}/{}/{}", spec_.image->name, spec_.type->name, zone_);
    draw_key_ = fmt::format("{}/{}", kind, region_->CountOf(kind));
  } else {
    // Without image and type: machines that differ in them have the same luck with what they share.
    draw_key_ = fmt::format("step/{}/{}", spec_.step, spec_.launch_index);
  }
  spec_.interface->instance_id = id;
}

Instance::~Instance() {
  // First, because its sessions report their end to this observer.
  machine_.reset();
  for (const Timers::Id timer : timers_) region_->services.timers->Cancel(timer);
}

std::string Instance::private_ip() const {
  return state_ == InstanceState::kTerminated ? std::string() : spec_.interface->private_ip;
}

std::string Instance::public_ip() const {
  if (state_ == InstanceState::kTerminated) return {};
  const Address* address = region_->AddressOfInterface(spec_.interface->id);
  if (address != nullptr) return address->public_ip;
  return public_ip_visible_ ? own_public_ip_ : std::string();
}

std::vector<std::string> Instance::group_ids() const {
  return state_ == InstanceState::kTerminated ? std::vector<std::string>()
                                              : spec_.interface->group_ids;
}

const char* Instance::StatusCheck() const {
  if (state_ != InstanceState::kRunning) return "not-applicable";
  const Clock::duration checks =
      Draw(region_->latencies.consistency.status_checks, "status_checks");
  return booted_ && Clock::now() - state_since_ >= checks ? "ok" : "initializing";
}

Clock::duration Instance::Draw(const Distribution& distribution, const std::string& what) const {
  return region_->Draw(distribution, fmt::format("{}/{}/{}", draw_key_, boots_, what));
}

void Instance::Schedule(Clock::duration delay, void (Instance::*step)()) {
  timers_.push_back(region_->services.timers->After(delay, [this, step] { (this->*step)(); }));
}

void Instance::Become(InstanceState state) {
  if (state == state_) return;
  previous_state_ = state_;
  state_ = state;
  state_since_ = Clock::now();
}

InstanceState Instance::shown_state() const {
  if (Clock::now() - state_since_ >= region_->services.faults->stale()) return state_;
  if (previous_state_ != state_) region_->services.faults->Hit();
  return previous_state_;
}

std::shared_ptr<BootTruth> Instance::awaited() const {
  const bool boots = state_ == InstanceState::kPending || state_ == InstanceState::kRunning;
  return boots && truth_ != nullptr && truth_->awaits_answers() ? truth_ : nullptr;
}

void Instance::SetReason(const std::string& code, const std::string& text) {
  reason_code_ = code;
  reason_ = text.empty() ? text
                         : fmt::format("{} ({:%Y-%m-%d %H:%M:%S} GMT)", text,
                                       fmt::gmtime(std::time(nullptr)));
}

void Instance::Launch(Clock::time_point received, Clock::time_point accepted) {
  fault_ = region_->services.faults->NextLaunch(spec_.spot);
  Boot(BootKind::kFirst, received, accepted);
  if (fault_.shut_down_after) Schedule(*fault_.shut_down_after, &Instance::FailHost);
}

void Instance::FailHost() {
  if (state_ != InstanceState::kPending && state_ != InstanceState::kRunning) return;
  Terminate();
  SetReason("Server.InternalError", "Server.InternalError: Internal error on launch");
}

void Instance::Interrupt() {
  Terminate();
  SetReason("Server.SpotInstanceTermination",
            "Server.SpotInstanceTermination: Spot instance termination");
}

InstanceState Instance::Start(Clock::time_point received, Clock::time_point accepted) {
  const InstanceState before = state_;
  if (state_ == InstanceState::kPending || state_ == InstanceState::kRunning) return before;
  if (state_ != InstanceState::kStopped) {
    throw ApiError(
        "IncorrectInstanceState",
        fmt::format("The instance '{}' is not in a state from which it can be started.", id));
  }
  Boot(hibernated_ ? BootKind::kResumed : BootKind::kStarted, received, accepted);
  return before;
}

bool Instance::Admits(const std::string& source, std::uint16_t port) {
  return localcloud::Admits(*region_, *spec_.interface, source, port);
}

bool Instance::AdmitsAny() { return AdmitsBesideSsh(*region_, *spec_.interface); }

std::vector<IngressRule> Instance::Ingress() { return IngressOf(*region_, *spec_.interface); }

void Instance::IngressChanged() {
  if (machine_ != nullptr) machine_->IngressChanged();
}

void Instance::EndBoot() {
  for (const Timers::Id timer : timers_) region_->services.timers->Cancel(timer);
  timers_.clear();
  guest_has_asked_ = false;
  reboots_ = false;
  is_due_ = false;
  previous_.reset();
  public_ip_visible_ = false;
  own_public_ip_.clear();
}

void Instance::CutPower() {
  EndBoot();
  if (machine_ != nullptr) machine_->PowerOff();
  machine_is_on_ = false;
}

InstanceState Instance::Stop(bool hibernate) {
  const InstanceState before = state_;
  if (state_ == InstanceState::kStopping || state_ == InstanceState::kStopped) return before;
  if (state_ != InstanceState::kRunning) {
    throw ApiError(
        "IncorrectInstanceState",
        fmt::format("The instance '{}' is not in a state from which it can be stopped.", id));
  }
  if (spec_.spot) {
    throw ApiError("UnsupportedOperation",
                   fmt::format("You can't stop the Spot Instance '{}' because it is associated "
                               "with a one-time Spot Instance request.",
                               id));
  }
  if (hibernate && !spec_.hibernation) {
    throw ApiError("UnsupportedHibernationConfiguration",
                   fmt::format("The instance '{}' is not enabled for hibernation.", id));
  }
  if (hibernate && Clock::now() < hibernation_ready_at_) {
    throw ApiError(
        "UnsupportedOperation",
        fmt::format("Instance {} is not ready to hibernate yet, retry in a few minutes.", id));
  }
  const Lifecycle& lifecycle = region_->latencies.lifecycle;
  EndBoot();
  hibernated_ = hibernate;
  Become(InstanceState::kStopping);
  SetReason("Client.UserInitiatedShutdown", "User initiated");
  const auto delay =
      hibernate ? Draw(lifecycle.hibernating, "hibernating") : Draw(lifecycle.stopping, "stopping");
  Schedule(delay, &Instance::StoppedIsDue);
  machine_->ShutDown(hibernate);
  return before;
}

void Instance::StoppedIsDue() {
  is_due_ = true;
  if (!machine_is_on_) Become(InstanceState::kStopped);
}

void Instance::OnPoweredOff(Clock::time_point /*at*/) {
  machine_is_on_ = false;
  if (state_ == InstanceState::kStopping && is_due_) return Become(InstanceState::kStopped);
  if (std::exchange(reboots_, false)) SwitchOn(BootKind::kStarted);
}

// An instance that has booted before keeps its disk.
void Instance::FailBoot(const std::string& why) {
  if (boots_ == 1 || spec_.spot) {
    Terminate();
  } else {
    CutPower();
    hibernated_ = false;
    Become(InstanceState::kStopped);
  }
  SetReason("Server.InternalError", "Server.InternalError: " + why);
}

void Instance::OnFailure(const std::string& why) {
  machine_is_on_ = false;
  OnConsole("localcloud: " + why);
  // Deferred: this may be called from within the machine.
  timers_.push_back(region_->services.timers->After({}, [this, why] {
    if (state_ != InstanceState::kPending && state_ != InstanceState::kRunning) return;
    FailBoot(why);
  }));
}

InstanceState Instance::Terminate() {
  const InstanceState before = state_;
  if (state_ == InstanceState::kShuttingDown || state_ == InstanceState::kTerminated) {
    return before;
  }
  CutPower();
  if (truth_ != nullptr) truth_->Mark("shutting_down", Clock::now());
  Become(InstanceState::kShuttingDown);
  SetReason("Client.UserInitiatedShutdown", "User initiated");
  Schedule(Draw(region_->latencies.lifecycle.shutting_down, "shutting_down"),
           &Instance::BecomeTerminated);
  return before;
}

void Instance::Reboot(Clock::time_point received) {
  if (state_ == InstanceState::kShuttingDown || state_ == InstanceState::kTerminated) return;
  if (state_ != InstanceState::kRunning) {
    throw ApiError(
        "IncorrectInstanceState",
        fmt::format("The instance '{}' is not in a state from which it can be rebooted.", id));
  }
  BootAgain(received);
}

void Instance::SetType(const InstanceType* type) {
  if (state_ != InstanceState::kStopped) {
    throw ApiError("IncorrectInstanceState",
                   fmt::format("The instance '{}' is not in the 'stopped' state.", id));
  }
  spec_.type = type;
}

void Instance::BecomeTerminated() {
  Become(InstanceState::kTerminated);
  machine_.reset();
  spec_.interface->instance_id.clear();
  if (spec_.interface->delete_on_termination) {
    Address* address = region_->AddressOfInterface(spec_.interface->id);
    if (address != nullptr) {
      address->association_id.clear();
      address->network_interface_id.clear();
    }
    region_->DropAddressHold(spec_.interface->private_ip);
    if (!spec_.interface->ipv6.empty()) region_->DropAddressHold(ListenerOf(spec_.interface->ipv6));
    region_->interfaces.erase(spec_.interface->id);
  }
  if (!spec_.root.delete_on_termination) {
    auto volume = NewVolume();
    volume->instance_id.clear();
    region_->volumes.emplace(volume->id, std::move(volume));
  }
  region_->RemoveTree(directory_);
  // Captures the id: the region outlives the timer, but this object may not.
  region_->services.timers->After(kTerminatedVisible, [region = region_, gone = id] {
    const auto self = region->instances.find(gone);
    if (self == region->instances.end()) return;
    region->launches.erase(self->second->spec().client_token);
    region->instances.erase(self);
  });
}

std::shared_ptr<Volume> Instance::NewVolume() const {
  auto volume = std::make_shared<Volume>();
  volume->id = spec_.root.id;
  volume->ordinal = ordinal;
  volume->tags = spec_.root.tags;
  volume->instance_id = id;
  volume->zone = zone();
  volume->snapshot_id = spec_.image->snapshot_id;
  volume->create_time = FormatTime(launch_time());
  volume->device_name = spec_.root.device_name;
  volume->type = spec_.root.type;
  volume->gib = spec_.root.gib;
  volume->encrypted = spec_.root.encrypted;
  volume->delete_on_termination = spec_.root.delete_on_termination;
  return volume;
}

bool Instance::PushKey(const std::string& user, const std::string& public_key_line) {
  if (!region_->machines->volumes().HasInstanceConnect(root_directory())) return false;
  machine_->PushKey(user, public_key_line, Clock::now() + kPushedKeyLife);
  return true;
}

void Instance::OnTcpClosed(Clock::time_point at) { truth_->Mark("tcp_closed", at); }
void Instance::OnTcpOpen(Clock::time_point at) { truth_->Mark("tcp_open", at); }

void Instance::OnSshReady(Clock::time_point at) {
  truth_->Mark("ssh_ready", at);
  booted_ = true;
  hibernation_ready_at_ = at + hibernation_setup_;
}

void Instance::OnGuestEvent(const std::string& name, Clock::time_point at) {
  truth_->Mark("guest_" + name, at);
}

void Instance::OnConnection(Clock::time_point at) { truth_->CountConnection(at); }
void Instance::OnLogin(Clock::time_point at) { truth_->CountLogin(at); }
void Instance::OnCommand(Clock::time_point at) { truth_->Mark("first_command", at); }

void Instance::OnSession(const Session& session) {
  region_->services.truth->AddSession(id, session);
}

void Instance::OnGuestShutdown() {
  if (std::exchange(guest_has_asked_, true)) return;
  // Deferred: this is called from within the machine.
  timers_.push_back(region_->services.timers->After({}, [this] {
    guest_has_asked_ = false;
    if (state_ != InstanceState::kRunning && state_ != InstanceState::kPending) return;
    // A spot instance of a one-time request cannot be stopped.
    if (spec_.terminate_on_shutdown || spec_.spot || state_ == InstanceState::kPending) {
      Terminate();
    } else {
      Stop(false);
    }
    SetReason("Client.InstanceInitiatedShutdown",
              "Client.InstanceInitiatedShutdown: Instance initiated shutdown");
  }));
}

void Instance::OnGuestReboot() {
  if (std::exchange(guest_has_asked_, true)) return;
  // Deferred: this is called from within the machine.
  timers_.push_back(region_->services.timers->After({}, [this] {
    guest_has_asked_ = false;
    BootAgain(Clock::now());
  }));
}

void Instance::OnConsole(const std::string& line) {
  console_ += line;
  console_ += "\r\n";
  // Not cut at every line, because a guest may write very many.
  if (console_.size() > 2 * kConsoleBytes) console_.erase(0, console_.size() - kConsoleBytes);
}

std::string Instance::console() const {
  return console_.size() <= kConsoleBytes ? console_
                                          : console_.substr(console_.size() - kConsoleBytes);
}

}  // namespace localcloud
