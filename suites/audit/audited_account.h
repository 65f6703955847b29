// What an audited command finds: an account of the local cloud that is ready for launches, and the
// environment that leads there.
#pragma once

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "suites/run/local_cloud_process.h"

namespace suites {

// Creates a security group that admits SSH, and a key pair whose private key is a file in
// `directory`. Blocks until every describe call shows them. Returns the variables that name them
// and the cloud (AuditHelpText()). Throws aws::Error, LaunchFailure, or std::runtime_error.
std::map<std::string, std::string> PrepareAccount(const LocalCloudProcess& cloud,
                                                  const std::filesystem::path& directory,
                                                  const std::stop_token& stop);

// Returns `ours` ("NAME=value") without the AWS_* variables, and with `variables`.
// AWS_DEFAULT_OUTPUT, AWS_RETRY_MODE and AWS_MAX_ATTEMPTS are kept. Proxies are not used for the
// local cloud.
std::vector<std::string> AuditedEnvironment(const std::vector<std::string>& ours,
                                            std::map<std::string, std::string> variables);

}  // namespace suites
