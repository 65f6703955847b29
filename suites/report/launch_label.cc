#include "suites/report/launch_label.h"

#include <nlohmann/json.hpp>

namespace suites {

LaunchLabel ReadLaunchLabel(const std::string& label) {
  const auto json = nlohmann::json::parse(label, nullptr, false);
  LaunchLabel read;
  if (!json.is_object()) return read;
  read.phases = json.value("phases", read.phases);
  read.derived = json.value("derived", read.derived);
  const auto host = json.find("host");
  read.unverified = host != json.end() && *host == "unverified";
  return read;
}

}  // namespace suites
