// Who signs the requests.
#pragma once

#include <string>

namespace aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty for long-lived keys
  std::string source;         // "environment", "profile default in /home/u/.aws/credentials": for
                              // messages; no secret
};

// Looks where AWS's own tools look, in their order: the environment (AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), then the static profile AWS_PROFILE (default
// "default") in AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) and AWS_CONFIG_FILE
// (~/.aws/config). Throws Error(kCredentials): nothing found, half a key pair, or a malformed file
// (with its line number).
Credentials LoadCredentials();

}  // namespace aws
