// Credentials that another program prints.
#pragma once

#include <stop_token>
#include <string>

#include "aws/credentials.h"

namespace aws {

// A profile's credential_process: a command line for the shell, whose standard output is the JSON
// that AWS's guide to sourcing credentials with an external process describes. Its standard error
// is shown to nobody, since it may hold anything. It is killed after a minute, or when `stop` is
// triggered. Throws Error(kCredentials) that names `source`.
Credentials RunCredentialProcess(const std::string& command, const std::string& source,
                                 const std::stop_token& stop = {});

// `aws configure export-credentials --format process`, for `profile`; empty: what the environment
// says. Throws Error(kCredentials), with the CLI's own last line where that fails, and with what to
// do where there is no CLI, or none that knows the command (version 1; version 2 before 2.9).
// Ends as RunCredentialProcess does.
Credentials ExportFromAwsCli(const std::string& profile, const std::string& source,
                             const std::stop_token& stop = {});

// What such programs, and the metadata services, answer: AccessKeyId, SecretAccessKey, SessionToken
// or Token, Expiration (ISO 8601). Throws Error(kCredentials) that names `source` and quotes
// nothing.
Credentials ParseCredentials(const std::string& json, const std::string& source);

}  // namespace aws
