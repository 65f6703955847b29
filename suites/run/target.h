// The cloud that a run measures, made ready to be spoken to.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "fixtures/region/region_session.h"
#include "suites/command/command_line.h"
#include "suites/run/local_cloud_process.h"

namespace suites {

// Owns the local cloud's process, if this run started one: what was launched there ends with it.
struct Target {
  fixtures::CloudAccess access;
  fixtures::LaunchOptions options;  // of the command line, completed by what the target determines
  std::string name;                 // "local", "aws", or "endpoint" for --endpoint_url
  std::string described;            // one line for the header: which endpoint, as whom
  bool modelled = false;     // its latencies come from a profile, and are not measurements of AWS
  LocalCloudSettings model;  // which, if it is modelled
  std::unique_ptr<LocalCloudProcess> local_cloud;
};

// The account that the target's credentials belong to, asked of its STS; empty where it has none.
std::string AccountOf(const Target& target, const std::string& region);

// Starts the local cloud, or finds endpoint and credentials, until `stop` is triggered. The target
// determines some options: the SSH port, and who may reach it. Throws UsageError, aws::Error or
// std::runtime_error, each with one clear line.
Target OpenTarget(const CommandLine& line, const std::stop_token& stop);

}  // namespace suites
