// --api_log: a log of the requests that this program sends to the cloud, one line each. Requests of
// child programs (the AWS CLI, Terraform) are not in it.
#pragma once

#include <mutex>
#include <string>

#include "aws/timing.h"
#include "aws/unique_fd.h"

namespace aws {

// One request. Each retry of an operation is a request of its own. Contains no resource id, no
// parameter and no account.
struct ApiCall {
  std::string service;  // "ec2"
  std::string region;
  std::string action;  // "RunInstances"
  int attempt = 1;     // of the operation
  Clock::time_point begin{};
  Clock::time_point end{};  // the answer is there, or none will come
  int http_status = 0;      // 0: no answer
  // The service's error code, or "NoAnswer", "Cancelled" or "NotOfTheProtocol" if it sent none.
  // Empty if the request succeeded.
  std::string code{};
};

// A file of JSON lines. Keys: at_ms (since the log was opened), service, region, action, attempt,
// ms, http_status, code. Thread-safe.
class ApiLog {
 public:
  // Overwrites `path`. Throws std::runtime_error if that fails, or if `path` is a pipe or a socket.
  explicit ApiLog(const std::string& path);

  // Writes the line at once, with one write(2). That takes some microseconds, but they are not
  // timed: the answer has its timestamp already. Does not throw; see complete().
  void Add(const ApiCall& call) noexcept;
  // Returns true if no line has been lost so far.
  bool complete() const;

 private:
  const Clock::time_point opened_ = Clock::now();
  UniqueFd file_;
  mutable std::mutex mutex_;
  bool complete_ = true;
};

}  // namespace aws
