#include "localcloud/sandbox_machine.h"

#include <signal.h>
#include <sys/random.h>

#include <cstdio>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace localcloud {
namespace {

// A random (version 4) UUID.
std::string NewUuid() {
  unsigned char b[16];
  if (getrandom(b, sizeof b, 0) != sizeof b)
    throw std::runtime_error("cannot make a random number");
  b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x40);
  b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
  char text[37];
  std::snprintf(text, sizeof text,
                "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
                b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                b[15]);
  return text;
}

std::string MachineId() {
  std::string id = NewUuid();
  std::erase(id, '-');
  return id;
}

}  // namespace

SandboxMachine::SandboxMachine(const MachineSettings& settings, std::shared_ptr<AddressHolds> holds,
                               std::shared_ptr<ChildReaper> reaper, MachineIdentity identity,
                               MachineObserver* observer)
    : settings_(settings),
      holds_(std::move(holds)),
      reaper_(std::move(reaper)),
      identity_(std::move(identity)),
      observer_(observer),
      files_(identity_.root) {}

SandboxMachine::~SandboxMachine() { PowerOff(false); }

void SandboxMachine::PowerOn(const BootPlan& plan) {
  if (address_) throw std::logic_error("the machine is powered on already");
  plan_ = plan;
  powered_on_ = Clock::now();
  ready_ = false;
  // First of all, so that a failure changes nothing.
  address_ = std::make_unique<BootingAddress>(settings_.base, holds_, plan_.addresses,
                                              [this](OwnedFd connection, Clock::time_point at) {
                                                server_->Serve(std::move(connection), at);
                                              });
  try {
    SshKeyPtr host_key = LoadHostKey(files_);
    host_key_fingerprint_ = Fingerprint(host_key.get());
    SshHost* const host = this;
    server_ = std::make_unique<SshServer>(settings_.base, host, std::move(host_key),
                                          settings_.round_trip);
    if (!plan_.resumed || boot_id_.empty()) {
      sandbox_.reset();
      boot_id_ = NewUuid();
      pushed_keys_.Clear();
      TryTo("write boot files", &SandboxMachine::WriteBootFiles);
      StartSandbox();
    } else if (sandbox_ && sandbox_->state() == GuestSandbox::State::kReady) {
      sandbox_->Thaw();
    }
  } catch (...) {
    PowerOff(false);
    throw;
  }
  timers_ = std::make_unique<Timers>(settings_.base);
  At(plan_.closed_after, &SandboxMachine::NetworkUp);
}

void SandboxMachine::PowerOff(bool keep_memory) {
  timers_.reset();
  ready_ = false;
  address_.reset();
  server_.reset();
  if (keep_memory && sandbox_ && sandbox_->state() == GuestSandbox::State::kReady) {
    sandbox_->Freeze();
    return;
  }
  sandbox_.reset();
  power_.reset();
  console_.reset();
  boot_id_.clear();
}

void SandboxMachine::PushKey(const std::string& user, const std::string& public_key_line,
                             Clock::time_point expiry) {
  pushed_keys_.Push(user, public_key_line, expiry);
}

// Each step sets the timer of the next, so that they keep their order where they fall together.
void SandboxMachine::At(Clock::duration after_power_on, void (SandboxMachine::*step)()) {
  if (after_power_on == Clock::duration::max()) return;
  timers_->After(after_power_on - (Clock::now() - powered_on_),
                 [this, step] { TryTo("boot", step); });
}

// A guest can spoil its own tree, and with it its boot. As on a real machine, the console then says
// why.
void SandboxMachine::TryTo(const char* what, void (SandboxMachine::*step)()) {
  try {
    (this->*step)();
  } catch (const std::exception& error) {
    observer_->OnConsole(std::string("cannot ") + what + ": " + error.what());
  }
}

void SandboxMachine::NetworkUp() {
  observer_->OnTcpClosed(address_->Close());
  At(plan_.open_after, &SandboxMachine::SshdUp);
}

void SandboxMachine::SshdUp() {
  if (plan_.refusal == BootPlan::Refusal::kNoLogin) AddKey();
  PrintHostKey();
  observer_->OnTcpOpen(address_->Open());
  At(plan_.ready_after, &SandboxMachine::Ready);
}

void SandboxMachine::Ready() {
  const Clock::time_point at = Clock::now();
  if (plan_.refusal == BootPlan::Refusal::kKeyLater) AddKey();
  ready_ = true;
  observer_->OnSshReady(at);
}

void SandboxMachine::WriteBootFiles() {
  files_.Write("etc/hostname", identity_.hostname + "\n");
  const std::optional<std::string> machine_id = files_.Read("etc/machine-id");
  if (!machine_id || machine_id->size() < 32)
    files_.Write("etc/machine-id", MachineId() + "\n", 0444);
  // As on Nitro instances.
  files_.Write("sys/devices/virtual/dmi/id/board_asset_tag", identity_.instance_id + "\n", 0444);
  if (files_.Exists("etc/localcloud/packages/cloud-init")) {
    files_.Write("var/lib/cloud/data/instance-id", identity_.instance_id + "\n");
  }
  power_ =
      std::make_unique<GuestLines>(settings_.base, files_, "run/localcloud/power",
                                   [this](const std::string&) { observer_->OnGuestShutdown(); });
  console_ =
      std::make_unique<GuestLines>(settings_.base, files_, "run/localcloud/console",
                                   [this](const std::string& line) { observer_->OnConsole(line); });
}

void SandboxMachine::StartSandbox() {
  if (!settings_.sandbox_commands) return;
  GuestSandbox::Options options;
  options.base = settings_.base;
  options.reaper = reaper_.get();
  options.root = identity_.root;
  options.hostname = identity_.hostname;
  options.boot_id = boot_id_;
  sandbox_ = std::make_unique<GuestSandbox>(options, [this] {
    if (sandbox_->state() == GuestSandbox::State::kFailed) {
      observer_->OnConsole("the guest's sandbox failed: " + sandbox_->failure());
    }
    if (server_) server_->AdvanceAll();
  });
}

void SandboxMachine::AddKey() {
  // Where nothing in the image installs keys, none arrives.
  if (plan_.authorized_key.empty() || !files_.Exists("etc/localcloud/packages/cloud-init")) return;
  const std::optional<std::string> home = HomeOf(identity_.login_user);
  if (!home) return;
  const std::string path = *home + "/.ssh/authorized_keys";
  const std::string before = files_.Read(path).value_or("");
  if (before.find(plan_.authorized_key) != std::string::npos) return;
  files_.MakeDirectory(*home + "/.ssh", 0700);
  const bool new_line = !before.empty() && before.back() != '\n';
  files_.Append(path, (new_line ? "\n" : "") + plan_.authorized_key + "\n", 0600);
}

void SandboxMachine::PrintHostKey() {
  if (plan_.resumed || !files_.Exists("etc/localcloud/packages/cloud-init")) return;
  observer_->OnConsole("-----BEGIN SSH HOST KEY FINGERPRINTS-----");
  observer_->OnConsole("256 " + host_key_fingerprint_ + " root@" + identity_.hostname +
                       " (ED25519)");
  observer_->OnConsole("-----END SSH HOST KEY FINGERPRINTS-----");
}

// Relative to the tree.
std::optional<std::string> SandboxMachine::HomeOf(const std::string& user) const {
  std::istringstream lines(files_.Read("etc/passwd").value_or(""));
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string field[7];
    for (std::string& f : field) std::getline(fields, f, ':');
    if (field[0] == user && field[5].size() > 1 && field[5].front() == '/')
      return field[5].substr(1);
  }
  return std::nullopt;
}

SshHost::Verdict SandboxMachine::Judge(const std::string& user, ssh_key_struct* key) {
  const std::optional<std::string> home = HomeOf(user);
  if (!home) return Verdict::kUnknownKey;
  // Read at each attempt, as sshd does: a key that a command has just added counts.
  const bool pushed = files_.Exists("etc/localcloud/packages/ec2-instance-connect") &&
                      pushed_keys_.Holds(user, key, Clock::now());
  if (!pushed && !HoldsKey(files_.Read(*home + "/.ssh/authorized_keys").value_or(""), key)) {
    return Verdict::kUnknownKey;
  }
  if (ready_) return Verdict::kWelcome;
  return plan_.refusal == BootPlan::Refusal::kNoLogin ? Verdict::kBooting : Verdict::kUnknownKey;
}

std::unique_ptr<GuestCommand> SandboxMachine::StartCommand(const std::string& user, GuestExec exec,
                                                           const std::optional<winsize>& terminal,
                                                           std::function<void()> on_progress,
                                                           std::string* error) {
  if (!sandbox_ || sandbox_->state() == GuestSandbox::State::kFailed) {
    *error = "localcloud: guest commands are refused: no sandbox (" +
             (sandbox_ ? sandbox_->failure() : std::string("bubblewrap cannot run on this host")) +
             ")";
    return nullptr;
  }
  if (sandbox_->state() == GuestSandbox::State::kStarting) return nullptr;
  exec.directory = "/" + HomeOf(user).value_or("");
  exec.environment.insert(
      exec.environment.end(),
      {"USER=" + user, "LOGNAME=" + user, "HOME=" + exec.directory, "SHELL=/bin/sh",
       "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"});
  try {
    return std::make_unique<GuestCommand>(settings_.base, reaper_.get(), *sandbox_, std::move(exec),
                                          terminal, std::move(on_progress));
  } catch (const std::runtime_error& failure) {
    *error = std::string("localcloud: ") + failure.what();
    return nullptr;
  }
}

namespace {

class SandboxMachineFactory : public MachineFactory {
 public:
  explicit SandboxMachineFactory(const MachineSettings& settings)
      : settings_(settings),
        holds_(std::make_shared<AddressHolds>(settings.ssh_port)),
        reaper_(std::make_shared<ChildReaper>(settings.base)) {
    signal(SIGPIPE, SIG_IGN);  // libssh writes to sockets that a client may have closed
  }

  std::unique_ptr<Machine> Create(const MachineIdentity& identity,
                                  MachineObserver* observer) override {
    return std::make_unique<SandboxMachine>(settings_, holds_, reaper_, identity, observer);
  }
  std::unique_ptr<AddressHold> Hold(const std::string& address) override {
    return holds_->Hold(address);
  }

 private:
  MachineSettings settings_;
  std::shared_ptr<AddressHolds> holds_;
  std::shared_ptr<ChildReaper> reaper_;
};

}  // namespace

std::unique_ptr<MachineFactory> MakeSandboxMachineFactory(const MachineSettings& settings) {
  return std::make_unique<SandboxMachineFactory>(settings);
}

}  // namespace localcloud
