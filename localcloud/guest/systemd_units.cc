#include "localcloud/guest/systemd_units.h"

#include <set>
#include <sstream>

namespace localcloud {
namespace {

constexpr char kDirectory[] = "etc/systemd/system";

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// A guest writes these files and the event loop reads them at each boot, so their number is
// limited. No real guest needs more.
constexpr std::size_t kMostUnits = 64;
constexpr std::size_t kMostWantingDirectories = 64;
constexpr std::size_t kMostUnitBytes = 64 << 10;

// Returns the units that have links in directories such as "multi-user.target.wants".
std::set<std::string> WantedUnits(const GuestFiles& files, const std::vector<std::string>& names) {
  std::set<std::string> wanted;
  std::size_t directories = 0;
  for (const std::string& name : names) {
    if (!EndsWith(name, ".wants") && !EndsWith(name, ".requires")) continue;
    if (++directories > kMostWantingDirectories) break;
    const auto links = files.List(std::string(kDirectory) + "/" + name);
    wanted.insert(links.begin(), links.end());
  }
  return wanted;
}

// Returns the units of `kind` (".service") that exist and are enabled.
std::vector<std::string> Enabled(const GuestFiles& files, const std::string& kind) {
  const std::vector<std::string> names = files.List(kDirectory);
  const std::set<std::string> wanted = WantedUnits(files, names);
  std::vector<std::string> enabled;
  for (const std::string& name : names) {
    if (EndsWith(name, kind) && wanted.contains(name)) enabled.push_back(name);
    if (enabled.size() == kMostUnits) break;
  }
  return enabled;
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
    // Prefixes that change how systemd runs the command have no meaning here. An empty command
    // resets the list.
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
  for (const std::string& name : Enabled(files, ".service")) {
    const std::string path = std::string(kDirectory) + "/" + name;
    if (!files.IsFile(path)) continue;
    units.push_back(Parse(name, files.Read(path, kMostUnitBytes).value_or("")));
  }
  return units;
}

std::vector<std::string> EnabledTimers(const GuestFiles& files) { return Enabled(files, ".timer"); }

}  // namespace localcloud
