// Who signs the requests.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty for long-lived keys
  std::string source;         // "environment", "profile default in /home/u/.aws/credentials": for
                              // messages; no secret
  std::optional<std::chrono::system_clock::time_point> expiry{};  // unset: none
};

// Looks where AWS's own tools look, in their order:
//   1. the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; with
//      AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, the AWS CLI
//   2. the profile AWS_PROFILE (default "default") in AWS_SHARED_CREDENTIALS_FILE
//      (~/.aws/credentials) and AWS_CONFIG_FILE (~/.aws/config): a role to assume, single sign-on
//      and the like through the AWS CLI; its keys; its credential_process
//   3. the container's (ECS, EKS), then the instance's metadata service (IMDSv2 only)
// "Through the AWS CLI" is `aws configure export-credentials`, so that all that the CLI can do
// works, caches and log-ins included. Takes as long as these do (a process, two HTTP requests).
// Throws Error(kCredentials): nothing found, half a key pair, a malformed file (with its line
// number), a process that failed or was stopped, no AWS CLI on PATH. No message holds a secret.
Credentials LoadCredentials(const std::stop_token& stop = {});

// Credentials that stay usable: those that expire are loaded anew before that, by a thread of its
// own, so that no call waits for it. Thread-safe.
class CredentialKeeper {
 public:
  // Five minutes before they expire, or half-way where they live shorter than ten.
  static constexpr std::chrono::minutes kMargin{5};

  using Load = std::function<Credentials(const std::stop_token&)>;

  // `load` is called once here, with `stop`, and throws what this throws; later failures are tried
  // again until the old ones have expired, and after that whenever somebody asks.
  explicit CredentialKeeper(Load load, const std::stop_token& stop = {});
  ~CredentialKeeper();  // stops a load in its thread
  CredentialKeeper(const CredentialKeeper&) = delete;
  CredentialKeeper& operator=(const CredentialKeeper&) = delete;

  // Throws Error(kCredentials) where they have expired and there are no new ones.
  Credentials Get();

 private:
  void Refresh(std::stop_token stop);
  bool Expired() const;

  const Load load_;
  std::mutex loading_;  // one load at a time
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Credentials current_;
  std::chrono::system_clock::time_point loaded_;
  std::jthread refresher_;
};

}  // namespace aws
