#include "localcloud/systemd_units.h"

#include <sstream>

namespace localcloud {
namespace {

constexpr char kDirectory[] = "etc/systemd/system";

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool IsEnabled(const GuestFiles& files, const std::string& unit) {
  for (const std::string& name : files.List(kDirectory)) {
    if (!EndsWith(name, ".wants") && !EndsWith(name, ".requires")) continue;
    for (const std::string& wanted : files.List(std::string(kDirectory) + "/" + name)) {
      if (wanted == unit) return true;
    }
  }
  return false;
}

SystemdUnit Parse(const std::string& name, const std::string& text) {
  SystemdUnit unit;
  unit.name = name;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.rfind("Before=", 0) == 0 && line.find("ssh") != std::string::npos)
      unit.before_sshd = true;
    if (line.rfind("ExecStart=", 0) != 0) continue;
    // Prefixes that change how it runs there have no meaning here; no command at all resets the
    // list.
    const auto start = line.find_first_not_of("-@:+!", sizeof "ExecStart=" - 1);
    if (start == std::string::npos) {
      unit.exec_start.clear();
    } else {
      unit.exec_start.push_back(line.substr(start));
    }
  }
  return unit;
}

}  // namespace

std::vector<SystemdUnit> EnabledUnits(const GuestFiles& files) {
  std::vector<SystemdUnit> units;
  for (const std::string& name : files.List(kDirectory)) {
    const std::string path = std::string(kDirectory) + "/" + name;
    if (!EndsWith(name, ".service") || !files.IsFile(path) || !IsEnabled(files, name)) continue;
    units.push_back(Parse(name, files.Read(path).value_or("")));
  }
  return units;
}

std::vector<std::string> EnabledTimers(const GuestFiles& files) {
  std::vector<std::string> timers;
  for (const std::string& name : files.List(kDirectory)) {
    if (EndsWith(name, ".timer") && IsEnabled(files, name)) timers.push_back(name);
  }
  return timers;
}

}  // namespace localcloud
