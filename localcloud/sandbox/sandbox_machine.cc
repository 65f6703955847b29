#include "localcloud/sandbox/sandbox_machine.h"

#include <signal.h>

#include <exception>
#include <stdexcept>
#include <utility>

#include "localcloud/loop/uuid.h"

namespace localcloud {
namespace {

// How long the processes of the previous boot may take to end.
constexpr std::chrono::seconds kEndPatience{10};

}  // namespace

SandboxMachine::SandboxMachine(const MachineSettings& settings, std::shared_ptr<AddressHolds> holds,
                               std::shared_ptr<ChildReaper> reaper,
                               std::shared_ptr<GuestNetwork> network, MachineIdentity identity,
                               MachineObserver* observer)
    : settings_(settings),
      holds_(std::move(holds)),
      reaper_(std::move(reaper)),
      network_(std::move(network)),
      identity_(std::move(identity)),
      observer_(observer),
      files_(identity_.root),
      system_(&files_, &identity_) {}

SandboxMachine::~SandboxMachine() { End(false); }

void SandboxMachine::PowerOn(const BootPlan& plan) {
  if (address_) throw std::logic_error("the machine is powered on already");
  plan_ = plan;
  powered_on_ = Clock::now();
  ready_ = false;
  // Comes first, so that a failure changes nothing.
  std::vector<std::string> admitted;
  for (const std::string& address : plan_.addresses) {
    if (!plan_.filtered.contains(address)) admitted.push_back(address);
  }
  address_ = std::make_unique<BootingAddress>(settings_.base, holds_, admitted,
                                              [this](OwnedFd connection, Clock::time_point at) {
                                                ServeConnection(std::move(connection), at);
                                              });
  try {
    filtered_ = std::make_unique<BootingAddress>(
        settings_.base, holds_,
        std::vector<std::string>(plan_.filtered.begin(), plan_.filtered.end()),
        BootingAddress::OnAccept());
  } catch (...) {
    address_.reset();
    throw;
  }
  timers_ = std::make_unique<Timers>(settings_.base);
  try {
    boots_ = !plan_.resumed || boot_id_.empty();
    boot_times_.clear();
    if (boots_) TryTo("write boot files", &SandboxMachine::WriteBootFiles);
    SshKeyPtr host_key = LoadHostKey(files_);
    host_key_fingerprint_ = Fingerprint(host_key.get());
    SshHost* const host = this;
    server_ = std::make_unique<SshServer>(settings_.base, host, std::move(host_key),
                                          settings_.round_trip);
    faulty_ = std::make_unique<FaultyConnections>(settings_.base);
    connections_ = 0;
    if (boots_) {
      boot_id_ = NewUuid();
      pushed_keys_.Clear();
      TryTo("start the guest's sandbox", &SandboxMachine::StartSandbox);
    } else if (sandbox_ && sandbox_->state() == GuestSandbox::State::kReady) {
      sandbox_->Thaw();
    }
  } catch (...) {
    PowerOff();
    throw;
  }
  observer_->OnRunning(powered_on_);
  At(plan_.closed_after, &SandboxMachine::NetworkUp);
}

void SandboxMachine::ServeConnection(OwnedFd connection, Clock::time_point at) {
  observer_->OnConnection(at);
  const std::int64_t number = connections_++;
  bool drops_status = false;
  for (const SshdFault& fault : plan_.sshd_faults) {
    if (number < fault.skip || number >= fault.skip + fault.times) continue;
    if (fault.kind == SshdFault::Kind::kRejectsKey) continue;  // Judge() handles it
    ++*fault.hits;
    if (fault.kind != SshdFault::Kind::kDropsStatus) {
      return faulty_->Take(std::move(connection), fault.kind);
    }
    drops_status = true;
  }
  server_->Serve(std::move(connection), at, drops_status);
}

void SandboxMachine::PowerOff() { End(false); }

void SandboxMachine::ShutDown(bool keep_memory) {
  End(keep_memory);
  observer_->OnPoweredOff(Clock::now());
}

// With `keep_memory` the guest's processes are frozen.
void SandboxMachine::End(bool keep_memory) {
  timers_.reset();
  membership_.reset();
  endpoint_.reset();
  when_sandbox_settles_ = nullptr;
  ready_ = false;
  address_.reset();
  filtered_.reset();
  server_.reset();
  faulty_.reset();
  if (keep_memory && sandbox_ && sandbox_->state() == GuestSandbox::State::kReady) {
    try {
      sandbox_->Freeze();
      return;
    } catch (const std::runtime_error& error) {
      observer_->OnConsole(std::string("the memory is lost: ") + error.what());
    }
  }
  EndSandbox();
  power_.reset();
  console_.reset();
  boot_id_.clear();
}

void SandboxMachine::PushKey(const std::string& user, const std::string& public_key_line,
                             Clock::time_point expiry) {
  pushed_keys_.Push(user, public_key_line, expiry);
}

// Each step sets the timer of the next one, so that steps at the same time keep their order.
void SandboxMachine::At(Clock::duration after_power_on, void (SandboxMachine::*step)()) {
  if (after_power_on == Clock::duration::max()) return;
  timers_->After(after_power_on - (Clock::now() - powered_on_),
                 [this, step] { TryTo("boot", step); });
}

// A guest can damage its own tree so that it does not boot. As on a real machine, the console then
// shows why.
void SandboxMachine::TryTo(const char* what, void (SandboxMachine::*step)()) {
  try {
    (this->*step)();
  } catch (const std::exception& error) {
    observer_->OnConsole(std::string("cannot ") + what + ": " + error.what());
  }
}

void SandboxMachine::NetworkUp() {
  network_up_ = Clock::now();
  const Clock::time_point userspace = powered_on_ + plan_.userspace_after;
  Happened("kernel", powered_on_ + plan_.kernel_after);
  Happened("initrd", powered_on_ + plan_.initrd_after);
  Happened("userspace", userspace);
  if (system_.RunsCloudInit()) {
    Happened("cloud_init_local_started", userspace + (network_up_ - userspace) / 3);
    Happened("cloud_init_local_ended", userspace + (network_up_ - userspace) * 2 / 3);
    Happened("cloud_init_network_started", network_up_);
  }
  Happened("network", network_up_);
  if (plan_.ssh_admitted()) observer_->OnTcpClosed(address_->Close());
  TryTo("join the network", &SandboxMachine::JoinNetwork);
  At(plan_.open_after, &SandboxMachine::StartSshd);
}

void SandboxMachine::StartSshd() {
  if (!system_.Has("openssh-server")) return;
  if (plan_.refusal == BootPlan::Refusal::kNoLogin) system_.AddKey(plan_.authorized_key);
  PrintHostKey();
  RunThen(plan_.resumed ? std::vector<RootCommand>() : system_.CommandsBeforeSshd(),
          &SandboxMachine::OpenSsh);
}

void SandboxMachine::OpenSsh() {
  opened_ = Clock::now();
  // sshd waits for cloud-init's network stage.
  if (system_.RunsCloudInit())
    Happened("cloud_init_network_ended", network_up_ + (opened_ - network_up_) * 9 / 10);
  Happened("sshd", opened_);
  if (plan_.ssh_admitted()) observer_->OnTcpOpen(address_->Open());
  At(plan_.ready_after, &SandboxMachine::Ready);
}

void SandboxMachine::Ready() {
  if (system_.RunsCloudInit()) Happened("cloud_init_config_started", Clock::now());
  TryTo("write the times of the boot", &SandboxMachine::WriteBootTimes);
  const Clock::time_point at = Clock::now();
  if (plan_.refusal == BootPlan::Refusal::kKeyLater) system_.AddKey(plan_.authorized_key);
  ready_ = true;
  observer_->OnSshReady(at);
  if (!plan_.resumed) RunThen(system_.CommandsAfterSshd(), &SandboxMachine::AwaitFinalStage);
}

void SandboxMachine::AwaitFinalStage() {
  timers_->After(plan_.hibernation_setup,
                 [this] { TryTo("prepare hibernation", &SandboxMachine::HibernationIsPrepared); });
  At(plan_.final_after, &SandboxMachine::RunFinalStage);
}

void SandboxMachine::RunFinalStage() {
  if (system_.RunsCloudInit()) {
    const Clock::time_point now = Clock::now();
    Happened("cloud_init_config_ended", now);
    Happened("cloud_init_final_started", now);
  }
  RunThen(system_.FinalCommands(plan_.user_data), &SandboxMachine::Finish);
}

void SandboxMachine::Finish() {
  const Clock::time_point now = Clock::now();
  if (system_.RunsCloudInit()) Happened("cloud_init_final_ended", now);
  Happened("finished", now);
  TryTo("write the times of the boot", &SandboxMachine::WriteBootTimes);
  system_.Finished();
}

void SandboxMachine::Happened(const std::string& name, Clock::time_point at) {
  if (!boots_) return;  // a resumed guest tells of the boot before it was suspended
  boot_times_.emplace_back(name, at);
  observer_->OnGuestEvent(name, at);
}

void SandboxMachine::WriteBootTimes() {
  if (!boot_times_.empty()) system_.AddBootTimes(std::exchange(boot_times_, {}));
}

void SandboxMachine::HibernationIsPrepared() { system_.SetHibernationAgent(false); }

// The commands' real duration is added to the modelled one.
void SandboxMachine::RunThen(std::vector<RootCommand> commands, void (SandboxMachine::*step)()) {
  if (!commands.empty() && SandboxIsToCome()) {
    when_sandbox_settles_ = [this, commands = std::move(commands), step] {
      RunThen(commands, step);
    };
    return;
  }
  if (commands.empty() || !sandbox_ || sandbox_->state() == GuestSandbox::State::kFailed) {
    TryTo("boot", step);
    return;
  }
  root_commands_.emplace_back(
      settings_.base, reaper_.get(), *sandbox_, files_, std::move(commands),
      [this](const std::string& line) { observer_->OnConsole(line); },
      [this, step] { TryTo("boot", step); });
}

void SandboxMachine::WriteBootFiles() {
  system_.WriteBootFiles(plan_.modelled_steps, plan_.cpus);
  system_.SetHibernationAgent(plan_.hibernation_setup > Clock::duration::zero());
  power_ = std::make_unique<GuestLines>(settings_.base, files_, "run/localcloud/power",
                                        [this](const std::string& wish) {
                                          if (wish == "reboot") return observer_->OnGuestReboot();
                                          observer_->OnGuestShutdown();
                                        });
  console_ =
      std::make_unique<GuestLines>(settings_.base, files_, "run/localcloud/console",
                                   [this](const std::string& line) { observer_->OnConsole(line); });
}

void SandboxMachine::EndSandbox() {
  root_commands_.clear();
  metadata_.reset();
  end_watch_.reset();
  if (sandbox_) last_end_ = sandbox_->End();
  sandbox_.reset();
}

void SandboxMachine::StartSandbox() {
  EndSandbox();
  if (!settings_.sandbox_commands) return;
  if (!last_end_) return MakeSandbox();
  // A process of the previous boot could change the tree while the new sandbox starts. The kernel
  // may need seconds to end thousands of them. Other machines continue meanwhile.
  end_watch_ = std::make_unique<FdWatch>(settings_.base, last_end_.get(), [this] {
    end_watch_.reset();
    last_end_.Close();
    TryTo("start the guest's sandbox", &SandboxMachine::MakeSandbox);
    if (!sandbox_) SandboxChanged();
  });
  end_watch_->Want(true, false);
  timers_->After(kEndPatience, [this] {
    if (!end_watch_) return;
    end_watch_.reset();
    observer_->OnConsole(
        "cannot start the guest's sandbox: the processes of the previous boot do not end");
    SandboxChanged();
  });
}

void SandboxMachine::MakeSandbox() {
  GuestSandbox::Options options;
  options.base = settings_.base;
  options.reaper = reaper_.get();
  options.root = identity_.root;
  options.hostname = identity_.hostname;
  options.boot_id = boot_id_;
  sandbox_ = std::make_unique<GuestSandbox>(options, [this] { SandboxChanged(); });
}

bool SandboxMachine::SandboxIsToCome() const {
  return end_watch_ || (sandbox_ && sandbox_->state() == GuestSandbox::State::kStarting);
}

void SandboxMachine::SandboxChanged() {
  if (sandbox_ && sandbox_->state() == GuestSandbox::State::kFailed) {
    membership_.reset();
    endpoint_.reset();
    observer_->OnConsole("the guest's sandbox failed: " + sandbox_->failure());
  } else if (sandbox_) {
    TryTo("serve instance metadata", &SandboxMachine::ServeMetadata);
  }
  if (server_) server_->AdvanceAll();
  TryTo("join the network", &SandboxMachine::JoinNetwork);
  if (const auto waiting = std::exchange(when_sandbox_settles_, nullptr)) waiting();
}

// Joins once the sandbox is ready and the modelled network is up, whichever comes later.
void SandboxMachine::JoinNetwork() {
  const bool up = timers_ && Clock::now() - powered_on_ >= plan_.closed_after;
  if (!up || membership_ || !sandbox_ || sandbox_->state() != GuestSandbox::State::kReady) return;
  GuestNetwork::Guest guest;
  guest.addresses = plan_.addresses;
  guest.sandbox = sandbox_.get();
  guest.one_way = settings_.round_trip / 2;
  guest.admits = [this](const std::string& source, std::uint16_t port) {
    return observer_->Admits(source, port);
  };
  guest.admits_any = [this] { return observer_->AdmitsAny(); };
  guest.on_problem = [this](const std::string& line) { observer_->OnConsole(line); };
  membership_ = network_->Join(std::move(guest));
  const std::uint16_t port = settings_.endpoint_port;
  if (port != 0) endpoint_ = std::make_unique<EndpointDoor>(settings_.base, *sandbox_, port);
}

void SandboxMachine::ServeMetadata() {
  if (identity_.metadata_directory.empty()) return;
  metadata_ = std::make_unique<GuestMetadata>(settings_.base, sandbox_->ListenOnMetadataAddress(),
                                              identity_.metadata_directory);
}

void SandboxMachine::PrintHostKey() {
  if (plan_.resumed || !system_.RunsCloudInit()) return;
  observer_->OnConsole("-----BEGIN SSH HOST KEY FINGERPRINTS-----");
  observer_->OnConsole("256 " + host_key_fingerprint_ + " root@" + identity_.hostname +
                       " (ED25519)");
  observer_->OnConsole("-----END SSH HOST KEY FINGERPRINTS-----");
}

SshHost::Verdict SandboxMachine::Judge(const std::string& user, ssh_key_struct* key) {
  if (!system_.HomeOf(user)) return Verdict::kUnknownKey;
  for (const SshdFault& fault : plan_.sshd_faults) {
    const bool rejects = fault.kind == SshdFault::Kind::kRejectsKey;
    if (!rejects || Clock::now() - opened_ >= fault.time) continue;
    ++*fault.hits;
    return Verdict::kUnknownKey;
  }
  const bool pushed =
      system_.Has("ec2-instance-connect") && pushed_keys_.Holds(user, key, Clock::now());
  if (!pushed && !system_.Authorizes(user, key)) return Verdict::kUnknownKey;
  if (ready_) return Verdict::kWelcome;
  return plan_.refusal == BootPlan::Refusal::kNoLogin ? Verdict::kBooting : Verdict::kUnknownKey;
}

std::unique_ptr<GuestCommand> SandboxMachine::StartCommand(const std::string& user, GuestExec exec,
                                                           const std::optional<winsize>& terminal,
                                                           std::function<void()> on_progress,
                                                           std::string* error) {
  if (SandboxIsToCome()) return nullptr;
  if (!sandbox_ || sandbox_->state() == GuestSandbox::State::kFailed) {
    *error = "localcloud: guest commands are refused: no sandbox (" +
             (sandbox_                     ? sandbox_->failure()
              : settings_.sandbox_commands ? "the console output says why"
                                           : "bubblewrap cannot run on this host") +
             ")";
    return nullptr;
  }
  exec.directory = "/" + system_.HomeOf(user).value_or("");
  exec.environment.insert(
      exec.environment.end(),
      {"USER=" + user, "LOGNAME=" + user, "HOME=" + exec.directory, "SHELL=/bin/sh", kGuestPath});
  try {
    return std::make_unique<GuestCommand>(settings_.base, reaper_.get(), *sandbox_, std::move(exec),
                                          terminal, std::move(on_progress));
  } catch (const std::runtime_error& failure) {
    *error = std::string("localcloud: ") + failure.what();
    return nullptr;
  }
}

}  // namespace localcloud
