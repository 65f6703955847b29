// Gets credentials from another program.
#pragma once

#include <stop_token>
#include <string>

#include "aws/credentials.h"

namespace aws {

// Runs a profile's credential_process: a shell command line that prints JSON, as AWS's guide to
// sourcing credentials with an external process describes. Its standard error is never shown,
// because it may contain secrets. The process is killed after a minute, or when `stop` is
// triggered. Throws Error(kCredentials), which names `source`.
Credentials RunCredentialProcess(const std::string& command, const std::string& source,
                                 const std::stop_token& stop = {});

// Runs `aws configure export-credentials --format process` for `profile`. If `profile` is empty,
// the CLI reads the environment. Throws Error(kCredentials), which says what to do; also if there
// is no CLI, or one without this command (version 1; version 2 before 2.9). The process is killed
// as in RunCredentialProcess.
Credentials ExportFromAwsCli(const std::string& profile, const std::string& source,
                             const std::stop_token& stop = {});

// Parses the JSON that these programs and the metadata services return: AccessKeyId,
// SecretAccessKey, SessionToken or Token, Expiration (ISO 8601). Throws Error(kCredentials), which
// names `source` and contains no key or token.
Credentials ParseCredentials(const std::string& json, const std::string& source);

}  // namespace aws
