// The cloud that a run measures.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "fixtures/region/region_session.h"
#include "suites/command/command_line.h"
#include "suites/run/local_cloud_process.h"

namespace suites {

// Owns the process of the local cloud, if this run started one. Machines there end with the
// process.
struct Target {
  fixtures::CloudAccess access;
  fixtures::LaunchOptions options;  // of the command line, with what the target determines
  std::string name;                 // "local", "qemu", "aws", or "endpoint" for --endpoint_url
  std::string described;     // one line for the header: which endpoint, with which credentials
  bool modelled = false;     // its latencies come from a profile; they do not measure AWS
  LocalCloudSettings model;  // the model's settings, if it is modelled
  // Set if its machines are virtual machines of this host. FitToHost() leaves the types that are
  // used (host_capacity.h).
  std::optional<LocalMachines> machines;
  std::unique_ptr<LocalCloudProcess> local_cloud;
};

// Returns what marks the target's times in tables: "MODELLED", or "LOCAL QEMU, TCG". Returns an
// empty text if they are those of a cloud.
std::string MarkOf(const Target& target);

// Asks the target's STS for the account of its credentials. Returns an empty text if the target has
// no STS.
std::string AccountOf(const Target& target, const std::string& region);

// Starts the local cloud, or finds endpoint and credentials. Gives up when `stop` is triggered.
// Sets the options that depend on the target: the SSH port, and who may reach it. Throws
// UsageError, aws::Error or std::runtime_error, each with one line for the user.
Target OpenTarget(const CommandLine& line, const std::stop_token& stop);

}  // namespace suites
