// The keys that sign requests: where they come from, and how they are kept usable.
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "aws/tasks/one_at_a_time.h"

namespace aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty for long-lived keys
  // For messages; contains no secret: "environment", "profile default in ~/.aws/credentials".
  std::string source;
  std::optional<std::chrono::system_clock::time_point> expiry{};  // unset: they do not expire
};

// Looks where AWS's own tools look, in the same order:
//   1. the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; or, if
//      AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are set, through the AWS CLI
//   2. the profile AWS_PROFILE (default "default") in AWS_SHARED_CREDENTIALS_FILE
//      (~/.aws/credentials) and AWS_CONFIG_FILE (~/.aws/config): a role to assume, single sign-on
//      and the like through the AWS CLI; then its keys; then its credential_process
//   3. the metadata service of the container (ECS, EKS), then of the instance (IMDSv2 only)
// "Through the AWS CLI" means `aws configure export-credentials`: everything that the CLI can do
// works, caches and log-ins included. Blocks while it runs a process or sends HTTP requests.
// Throws Error(kCredentials) if nothing was found, if half a key pair is missing, if a file is
// malformed (with its line number), if a process failed or was stopped, or if there is no AWS CLI
// on PATH. No message contains a secret.
Credentials LoadCredentials(const std::stop_token& stop = {});

// Keeps credentials usable. Its own thread loads new ones before the old ones expire, so that no
// call has to wait. Thread-safe.
class CredentialKeeper {
 public:
  // New credentials are loaded so long before the old ones expire, or at half of their lifetime
  // if that is shorter than ten minutes.
  static constexpr std::chrono::minutes kMargin{5};

  using Load = std::function<Credentials(const std::stop_token&)>;

  // Calls `load` with `stop`. Throws what `load` throws. If a later load fails, it is repeated
  // until the old credentials have expired, and after that by Get(), at most once a second.
  explicit CredentialKeeper(Load load, const std::stop_token& stop = {});
  ~CredentialKeeper();  // stops a load in its thread
  CredentialKeeper(const CredentialKeeper&) = delete;
  CredentialKeeper& operator=(const CredentialKeeper&) = delete;

  // Throws Error(kCredentials) if the credentials have expired and there are no new ones.
  Credentials Get();

 private:
  void Refresh(std::stop_token stop);
  bool Expired() const;
  // Loads with load_, without the lock. REQUIRES: `lock` holds mutex_, and no load is under way.
  void LoadNew(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);

  const Load load_;
  mutable std::mutex mutex_;
  OneAtATime loading_;
  std::exception_ptr failure_;  // of the latest load; null if it succeeded
  std::chrono::steady_clock::time_point failed_at_{};
  std::condition_variable_any changed_;
  Credentials current_;
  std::chrono::system_clock::time_point loaded_;
  std::jthread refresher_;
};

}  // namespace aws
