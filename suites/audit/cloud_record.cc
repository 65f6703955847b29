#include "suites/audit/cloud_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace suites {
namespace {

using nlohmann::json;

BootRecord ReadBoot(const json& entry) {
  BootRecord boot;
  boot.kind = entry.at("kind");
  boot.instance_id = entry.at("instance_id");
  boot.region = entry.at("region");
  boot.events = entry.at("events").get<std::map<std::string, std::int64_t>>();
  for (const json& answer : entry.at("answers")) {
    boot.answers.push_back(
        {answer.at("action"), answer.at("received"), answer.at("sent"), answer.at("state")});
  }
  boot.connections = entry.at("connections");
  boot.logins = entry.at("logins");
  return boot;
}

}  // namespace

CloudRecord ReadCloudRecord(const std::string& text) {
  CloudRecord record;
  try {
    for (const json& entry : json::parse(text)) {
      const std::string kind = entry.at("kind");
      if (kind == "call") {
        record.calls.push_back({entry.at("action"), entry.at("received"),
                                entry.contains("error") ? std::string(entry.at("error")) : ""});
      } else if (kind == "launch" || kind == "start" || kind == "reboot") {
        record.boots.push_back(ReadBoot(entry));
      }
    }
  } catch (const json::exception& error) {
    throw std::runtime_error(
        fmt::format("the local cloud's record is not valid: {}", error.what()));
  }
  return record;
}

}  // namespace suites
