#include "localcloud/qemu/qemu_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "localcloud/guest/guest_files.h"
#include "localcloud/loop/uuid.h"
#include "localcloud/qemu/qemu_volumes.h"

namespace localcloud {
namespace {

// A guest early in its boot ignores the power button, so it is pressed again.
constexpr std::chrono::seconds kPressAgain{5};
// EC2 gives a guest "a few minutes" before it cuts the power (user guide, "Stop instances").
constexpr std::chrono::minutes kShutDownPatience{3};
// Besides, for each second of writing memory: a slow disk's.
constexpr std::int64_t kSavedMibPerSecond = 20;
// What QEMU takes besides the guest's memory; with TCG also its translated code (qemu_command.cc).
constexpr std::int64_t kQemuMib = 96;
constexpr std::int64_t kTranslatedMib = 256;
// The last line of a kernel's message about its own end. Not every guest has a driver for pvpanic.
constexpr std::string_view kPanicEnds = "end Kernel panic - not syncing";
// What a failure's message tells of the console, and what is kept of one line of it.
constexpr std::size_t kLastLines = 5;
constexpr std::chrono::milliseconds kConsoleDelay{200};
constexpr std::size_t kMostLineBytes = 1024;
constexpr char kActiveKeys[] = "meta-data/managed-ssh-keys/active-keys/";

// What the console shows of a boot, and the name of that event in the truth.
struct Sign {
  std::string_view text;
  const char* event;
};
constexpr std::array kSigns = {Sign{"Linux version ", "console_kernel"},
                               Sign{"systemd[1]: ", "console_systemd"}};

}  // namespace

std::int64_t MemoryWithQemu(std::int64_t guest_mib, bool kvm) {
  return guest_mib + kQemuMib + (kvm ? 0 : kTranslatedMib);
}

QemuMachine::QemuMachine(const QemuSettings& settings, MachineIdentity identity,
                         MachineObserver* observer)
    : settings_(settings), identity_(std::move(identity)), observer_(observer) {}

QemuMachine::~QemuMachine() { Discard(); }

void QemuMachine::PowerOn(const BootPlan& plan) {
  if (qemu_) throw std::logic_error("the machine is powered on already");
  auto memory = settings_.memory->Take(MemoryWithQemu(plan.memory_mib, settings_.kvm));
  if (memory == nullptr) {
    throw std::runtime_error(fmt::format(
        "this host has {} MiB of memory left for guests, and this instance type has {} MiB: use a "
        "smaller type, or fewer machines at a time",
        settings_.memory->left_mib(), plan.memory_mib));
  }
  const bool resumes = plan.resumed && std::exchange(memory_is_saved_, false);
  if (!resumes) generation_id_ = NewUuid();
  ingress_ = observer_->Ingress();
  memory_mib_ = plan.memory_mib;
  ending_ = Ending::kNone;
  signs_seen_.clear();
  try {
    memory_ = std::move(memory);
    link_ = settings_.network->Connect(LinkOptions(plan));
    metadata_ = std::make_unique<GuestMetadata>(
        settings_.machines.base, link_->ListenOnMetadataAddress(), identity_.metadata_directory);
    timers_ = std::make_unique<Timers>(settings_.machines.base);
    QemuProcess::Options options = ProcessOptions(plan);
    if (resumes) options.saved_memory = saved_memory();
    QemuObserver* const self = this;
    qemu_ = std::make_unique<QemuProcess>(std::move(options), self);
    std::remove(saved_memory().c_str());  // QEMU has it open
  } catch (...) {
    Discard();
    throw;
  }
}

GuestLink::Options QemuMachine::LinkOptions(const BootPlan& plan) {
  GuestLink::Options options;
  options.mac_address = identity_.mac_address;
  options.hostname = identity_.hostname;
  options.addresses = plan.addresses;
  options.ingress = ingress_;
  options.ssh_port = settings_.machines.ssh_port;
  options.endpoint_port = settings_.machines.endpoint_port;
  options.events = Events();
  return options;
}

QemuProcess::Options QemuMachine::ProcessOptions(const BootPlan& plan) const {
  const BootDisk boot = QemuVolumes::Read(identity_.root);
  QemuProcess::Options options;
  options.base = settings_.machines.base;
  options.reaper = settings_.reaper;
  options.kvm = settings_.kvm;
  options.cpus = std::clamp(plan.cpus, 1, settings_.host_cpus);
  options.memory_mib = plan.memory_mib;
  options.disk = boot.disk;
  options.base_places = boot.layer_places;
  options.kernel = boot.kernel;
  options.initrd = boot.initrd;
  options.kernel_command_line = boot.kernel_command_line;
  options.tap = link_->tap();
  options.mac_address = identity_.mac_address;
  options.instance_id = identity_.instance_id;
  options.generation_id = generation_id_;
  return options;
}

GuestLink::Events QemuMachine::Events() {
  GuestLink::Events events;
  events.on_reset = [this](Clock::time_point at) { observer_->OnTcpClosed(at); };
  events.on_syn_ack = [this](Clock::time_point at) { observer_->OnTcpOpen(at); };
  events.on_banner = [this](Clock::time_point at) {
    observer_->OnGuestEvent("ssh_banner", at);
    observer_->OnSshReady(at);
  };
  events.on_dhcp = [this](Clock::time_point at) { observer_->OnGuestEvent("dhcp", at); };
  return events;
}

void QemuMachine::PowerOff() {
  Discard();
  memory_is_saved_ = false;
  std::remove(saved_memory().c_str());
}

void QemuMachine::ShutDown(bool keep_memory) {
  if (!qemu_) return observer_->OnPoweredOff(Clock::now());
  ending_ = Ending::kShutDown;
  const std::chrono::seconds for_memory(keep_memory ? memory_mib_ / kSavedMibPerSecond : 0);
  timers_->After(kShutDownPatience + for_memory, [this] {
    observer_->OnConsole("localcloud: the guest did not shut down in time; its power is cut");
    qemu_->End();
  });
  if (keep_memory) {
    qemu_->SaveMemory(saved_memory());
  } else {
    PressPowerButton();
  }
}

void QemuMachine::PressPowerButton() {
  qemu_->PressPowerButton();
  timers_->After(kPressAgain, [this] { PressPowerButton(); });
}

void QemuMachine::IngressChanged() {
  if (!link_) return;
  std::vector<IngressRule> now = observer_->Ingress();
  if (now == ingress_) return;
  link_->SetIngress(now);
  ingress_ = std::move(now);
}

void QemuMachine::PushKey(const std::string& user, const std::string& public_key_line,
                          Clock::time_point expiry) {
  if (!timers_) return;  // the machine is off
  pushed_keys_.push_back({user, public_key_line, expiry});
  WritePushedKeys(user);
  timers_->After(expiry - Clock::now(), [this, user] { WritePushedKeys(user); });
}

// The guest's agent reads the keys that are valid now, one per line.
void QemuMachine::WritePushedKeys(const std::string& user) {
  std::erase_if(pushed_keys_, [](const PushedKey& key) { return key.expiry <= Clock::now(); });
  std::string lines;
  for (const PushedKey& key : pushed_keys_) {
    if (key.user == user) lines += key.line + "\n";
  }
  const GuestFiles files(identity_.metadata_directory);
  if (lines.empty()) {
    files.Remove(kActiveKeys + user);
  } else {
    files.Write(kActiveKeys + user, lines);
  }
}

void QemuMachine::OnVirtualMachineRuns(Clock::time_point at) {
  observer_->OnGuestEvent("processors_run", at);
  observer_->OnRunning(at);
}

void QemuMachine::OnGuestPowerOff(Clock::time_point /*at*/) {
  if (ending_ == Ending::kNone) ending_ = Ending::kGuestOff;
}

void QemuMachine::OnGuestReset(Clock::time_point /*at*/) {
  if (ending_ == Ending::kNone) ending_ = Ending::kGuestReset;
}

void QemuMachine::OnGuestPanic(Clock::time_point /*at*/) {
  if (ending_ != Ending::kNone) return;
  ending_ = Ending::kPanic;
  // The console's last lines come through another pipe than the news of the panic.
  timers_->After(kConsoleDelay, [this] { qemu_->End(); });
}

void QemuMachine::OnMemorySaved(Clock::time_point /*at*/, const std::string& error) {
  memory_is_saved_ = error.empty();
  if (memory_is_saved_) return qemu_->End();
  observer_->OnConsole("localcloud: the memory is lost: " + error);
  qemu_->Continue();
  PressPowerButton();
}

void QemuMachine::OnSerial(const char* bytes, std::size_t count) {
  for (const char byte : std::string_view(bytes, count)) {
    if (byte == '\n') {
      AddToConsole(std::exchange(line_, {}));
    } else if (byte != '\r' && line_.size() < kMostLineBytes) {
      line_ += byte;
    }
  }
}

void QemuMachine::AddToConsole(std::string line) {
  observer_->OnConsole(line);
  for (const Sign& sign : kSigns) {
    if (line.find(sign.text) == std::string::npos || !signs_seen_.insert(sign.event).second)
      continue;
    observer_->OnGuestEvent(sign.event, Clock::now());
  }
  const bool panicked = line.find(kPanicEnds) != std::string::npos;
  last_lines_.push_back(std::move(line));
  if (last_lines_.size() > kLastLines) last_lines_.pop_front();
  if (panicked) OnGuestPanic(Clock::now());
}

std::string QemuMachine::LastLines() const {
  std::string lines;
  for (const std::string& line : last_lines_) lines += (lines.empty() ? "" : " | ") + line;
  return lines;
}

void QemuMachine::OnEnd(const std::string& reason) {
  if (!line_.empty()) AddToConsole(std::exchange(line_, {}));
  const Clock::time_point at = Clock::now();
  const Ending ending = std::exchange(ending_, Ending::kNone);
  const std::string why = reason;  // belongs to the process
  Discard();
  switch (ending) {
    case Ending::kShutDown:
      return observer_->OnPoweredOff(at);
    case Ending::kGuestOff:
      return observer_->OnGuestShutdown();
    case Ending::kGuestReset:
      return observer_->OnGuestReboot();
    case Ending::kPanic:
      return observer_->OnFailure("the guest's kernel panicked; its console ends with: " +
                                  LastLines());
    case Ending::kNone:
      return observer_->OnFailure(
          fmt::format("QEMU ended: {}; the guest's console ends with: {}", why, LastLines()));
  }
}

// QEMU first, because the others serve it.
void QemuMachine::Discard() {
  qemu_.reset();
  metadata_.reset();
  link_.reset();
  memory_.reset();
  timers_.reset();
  for (const PushedKey& key : std::exchange(pushed_keys_, {}))
    GuestFiles(identity_.metadata_directory).Remove(kActiveKeys + key.user);
}

}  // namespace localcloud
