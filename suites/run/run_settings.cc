#include "suites/run/run_settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "aws/given_file.h"
#include "suites/run/result_file.h"

namespace suites {
namespace {

std::string ValueIn(const RunSettings& settings, const std::string& name) {
  const auto it = settings.values.find(name);
  return it == settings.values.end() || it->second.empty() ? "(none)" : it->second;
}

}  // namespace

RunSettings DescribeSettings(const CommandLine& line, const fixtures::LaunchOptions& options,
                             const std::map<std::string, std::string>& context,
                             const std::string& benchmarks) {
  RunSettings settings{context.at("run_id"), context};
  auto& values = settings.values;
  values.erase("run_id");
  // A run's own local cloud has another port each time.
  if (line.starts_local_cloud()) values.erase("endpoint_url");
  values["benchmarks"] = benchmarks;
  values["benchmark_repetitions"] = std::to_string(line.repetitions);
  values["minimal_ami"] = options.minimal_ami;
  values["custom_init_ami"] = options.custom_init_ami;
  values["subnet_id"] = options.subnet_id;
  values["security_group_id"] = options.security_group_id;
  values["iam_instance_profile"] = options.iam_instance_profile;
  values["ssh_user"] = options.ssh_user;
  values["ssh_key_type"] =
      options.ssh_key_type == fixtures::SshKeyType::kEcdsa ? "ecdsa" : "ed25519";
  if (line.ssh_port_given) values["ssh_port"] = std::to_string(options.ssh_port);
  values["probe_flows"] = std::to_string(options.probe_flows);
  values["launch_timeout_ms"] = std::to_string(options.launch_timeout.count());
  return settings;
}

void WriteSettings(const std::string& path, const RunSettings& settings) {
  const std::string text =
      nlohmann::json{{"run_id", settings.run_id}, {"settings", settings.values}}.dump(2) + "\n";
  WriteResultFile(path, text);
}

RunSettings ReadSettings(const std::string& path) {
  nlohmann::json read;
  try {
    read = nlohmann::json::parse(aws::ReadGivenFile(path), nullptr, false);
  } catch (const std::runtime_error& error) {
    throw UsageError(fmt::format("--resume: {}", error.what()));
  }
  try {
    return {read.at("run_id"), read.at("settings")};
  } catch (const nlohmann::json::exception&) {
    throw UsageError(fmt::format(
        "--resume: {} does not hold the settings of the run; start a new run instead", path));
  }
}

void CheckSameSettings(const RunSettings& earlier, const RunSettings& now) {
  auto names = earlier.values;
  names.insert(now.values.begin(), now.values.end());
  for (const auto& [name, ignored] : names) {
    if (ValueIn(earlier, name) == ValueIn(now, name)) continue;
    throw UsageError(
        fmt::format("--resume: run {} has {} {}, this one would have {}; resume it with the same "
                    "flags and the same build, or start a new run",
                    earlier.run_id, name, ValueIn(earlier, name), ValueIn(now, name)));
  }
}

}  // namespace suites
