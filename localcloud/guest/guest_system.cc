#include "localcloud/guest/guest_system.h"

#include <time.h>

#include <chrono>
#include <sstream>

#include "localcloud/guest/authorized_keys.h"
#include "localcloud/guest/image_kind.h"
#include "localcloud/guest/systemd_units.h"
#include "localcloud/loop/uuid.h"

namespace localcloud {
namespace {

constexpr char kInstanceId[] = "var/lib/cloud/data/instance-id";
constexpr char kHibernationAgent[] = "run/localcloud/hibinit-agent";
constexpr char kStatus[] = "run/cloud-init/result.json";
constexpr char kScript[] = "var/lib/cloud/instance/scripts/part-001";

// Times of this boot, for systemctl and systemd-analyze (guest_programs.cc). Each line has a name
// and microseconds.
constexpr char kBootTimes[] = "run/localcloud/boot";

constexpr char kOutput[] = "var/log/cloud-init-output.log";

std::vector<RootCommand> CommandsOf(const std::vector<SystemdUnit>& units, bool before_sshd) {
  std::vector<RootCommand> commands;
  for (const SystemdUnit& unit : units) {
    if (unit.before_sshd != before_sshd) continue;
    for (const std::string& line : unit.exec_start) commands.push_back({line, "", true});
  }
  return commands;
}

// Returns by how much /proc/uptime, which the guest shares with this host, is ahead of Clock: the
// time for which the host has slept.
Clock::duration UptimeAhead() {
  Clock::duration ahead{};
  Clock::duration least_doubt = Clock::duration::max();
  // This thread may lose the processor between the two clocks. The quickest look is the best.
  for (int look = 0; look < 5; ++look) {
    const Clock::time_point before = Clock::now();
    timespec uptime{};
    clock_gettime(CLOCK_BOOTTIME, &uptime);
    const Clock::duration doubt = Clock::now() - before;
    if (doubt >= least_doubt) continue;
    least_doubt = doubt;
    ahead = std::chrono::seconds(uptime.tv_sec) + std::chrono::nanoseconds(uptime.tv_nsec) -
            (before + doubt / 2).time_since_epoch();
  }
  // A host that never slept has one clock. The difference is then that of the looks.
  return std::chrono::abs(ahead) < std::chrono::milliseconds(1) ? Clock::duration::zero() : ahead;
}

// Input for launch-bench-modelled (guest_programs.cc). Each line has a name, the seconds and the
// source of the figure.
std::string ModelledSteps(const std::map<std::string, ModelledStep>& steps) {
  std::string text;
  for (const auto& [name, step] : steps) {
    text += name + "\t";
    for (const Clock::duration duration : step.durations) {
      text += std::to_string(std::chrono::duration<double>(duration).count()) + " ";
    }
    text += "\t" + step.note + "\n";
  }
  return text;
}

}  // namespace

bool GuestSystem::Has(const std::string& package) const {
  return files_.Exists("etc/localcloud/packages/" + package);
}

bool GuestSystem::RunsCloudInit() const {
  return Has("cloud-init") && !files_.Exists("etc/cloud/cloud-init.disabled");
}

void GuestSystem::WriteBootFiles(const std::map<std::string, ModelledStep>& modelled_steps,
                                 int cpus) const {
  files_.Write("run/localcloud/modelled", ModelledSteps(modelled_steps));
  if (cpus > 0) {
    files_.Write("run/localcloud/cpus", std::to_string(cpus) + "\n");
  } else {
    files_.Remove("run/localcloud/cpus");
  }
  files_.Write(kBootTimes, "");
  files_.Write("etc/hostname", identity_.hostname + "\n");
  // systemd fills in an empty machine id (machine-id(5)).
  if (files_.Read("etc/machine-id").value_or("").size() < 32) {
    std::string id = NewUuid();
    std::erase(id, '-');
    files_.Write("etc/machine-id", id + "\n", 0444);
  }
  // As on Nitro instances.
  files_.Write("sys/devices/virtual/dmi/id/board_asset_tag", identity_.instance_id + "\n", 0444);
  files_.Remove(kStatus);
  if (!RunsCloudInit() || files_.Read(kInstanceId) == identity_.instance_id + "\n") return;
  // A new instance must not keep the host keys of the instance that the image was made from
  // (ssh_deletekeys).
  for (const std::string& name : files_.List("etc/ssh")) {
    if (name.rfind("ssh_host_", 0) == 0) files_.Remove("etc/ssh/" + name);
  }
  files_.Remove(kScript);
  files_.Remove(kFirstBootEnd);
  files_.Write(kInstanceId, identity_.instance_id + "\n");
}

std::vector<RootCommand> GuestSystem::CommandsBeforeSshd() const {
  return CommandsOf(EnabledUnits(files_), true);
}

std::vector<RootCommand> GuestSystem::CommandsAfterSshd() const {
  std::vector<RootCommand> commands = CommandsOf(EnabledUnits(files_), false);
  // Started through the guest's own systemctl, so that they behave like timers started by hand.
  for (const std::string& timer : EnabledTimers(files_))
    commands.push_back({"systemctl start '" + timer + "'", "", true});
  return commands;
}

std::vector<RootCommand> GuestSystem::FinalCommands(const std::string& user_data) const {
  if (user_data.empty() || !RunsCloudInit() || files_.Exists(kScript)) return {};
  return {UserDataCommand(user_data)};
}

RootCommand GuestSystem::UserDataCommand(const std::string& user_data) const {
  if (user_data.rfind("#!", 0) != 0)
    return {"echo 'cloud-init: user data is no script, and ignored' >&2", "", true};
  files_.Write(kScript, user_data, 0700);
  return {std::string("exec /") + kScript + " 2>&1", kOutput, false};
}

void GuestSystem::Finished() const {
  if (!RunsCloudInit()) return;
  files_.Write(kStatus, "{\"v1\": {\"datasource\": \"DataSourceEc2Local\", \"errors\": []}}\n");
  files_.Write(kFirstBootEnd, "");
}

void GuestSystem::AddBootTimes(
    const std::vector<std::pair<std::string, Clock::time_point>>& times) const {
  const Clock::duration ahead = UptimeAhead();
  std::string lines;
  for (const auto& [name, at] : times) {
    const auto uptime =
        std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch() + ahead);
    lines += name + " " + std::to_string(uptime.count()) + "\n";
  }
  files_.Append(kBootTimes, lines);
}

void GuestSystem::SetHibernationAgent(bool active) const {
  if (active) return files_.Write(kHibernationAgent, "");
  files_.Remove(kHibernationAgent);
}

void GuestSystem::AddKey(const std::string& public_key_line) const {
  // Without cloud-init nothing in the image installs keys.
  if (public_key_line.empty() || !RunsCloudInit()) return;
  const std::optional<std::string> home = HomeOf(identity_.login_user);
  if (!home) return;
  const std::string path = *home + "/.ssh/authorized_keys";
  const std::string before = files_.Read(path).value_or("");
  if (before.find(public_key_line) != std::string::npos) return;
  files_.MakeDirectory(*home + "/.ssh", 0700);
  const bool new_line = !before.empty() && before.back() != '\n';
  files_.Append(path, (new_line ? "\n" : "") + public_key_line + "\n", 0600);
}

std::optional<std::string> GuestSystem::HomeOf(const std::string& user) const {
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

bool GuestSystem::Authorizes(const std::string& user, ssh_key_struct* key) const {
  const std::optional<std::string> home = HomeOf(user);
  return home && HoldsKey(files_.Read(*home + "/.ssh/authorized_keys").value_or(""), key);
}

}  // namespace localcloud
