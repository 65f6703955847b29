// --api_log: what was asked of the cloud, a line for each request.
#pragma once

#include <mutex>
#include <string>

#include "aws/timing.h"
#include "aws/unique_fd.h"

namespace aws {

// One request: retries of an operation are requests of their own. Names no resource, no parameter
// and no account.
struct ApiCall {
  std::string service;  // "ec2"
  std::string region;
  std::string action;  // "RunInstances"
  int attempt = 1;     // of the operation
  Clock::time_point begin{};
  Clock::time_point end{};  // the answer is there, or none will come
  int http_status = 0;      // 0: no answer
  // The service's error code; "NoAnswer", "Cancelled" or "NotOfTheProtocol" if it sent none. Empty:
  // the request succeeded.
  std::string code{};
};

// A file of JSON lines: at_ms (since the log was opened), service, region, action, attempt, ms,
// http_status, code. Thread-safe.
class ApiLog {
 public:
  // Overwrites `path`. Throws std::runtime_error if it cannot, or if that is a pipe or a socket.
  explicit ApiLog(const std::string& path);

  // Writes the line at once, in one call: some microseconds, after the answer's time was taken.
  // Does not throw: see complete().
  void Add(const ApiCall& call) noexcept;
  bool complete() const;  // no line was lost so far

 private:
  const Clock::time_point opened_ = Clock::now();
  UniqueFd file_;
  mutable std::mutex mutex_;
  bool complete_ = true;
};

}  // namespace aws
