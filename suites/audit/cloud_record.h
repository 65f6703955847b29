// The record that a local cloud keeps of what really happened: GET /_localcloud/truth
// (docs/reference.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace suites {

// Times are nanoseconds of CLOCK_MONOTONIC. A request had arrived at the cloud at `received`, and
// its answer left the cloud at `sent`; half a round trip lies outside on either end.

// The answer to a describe call that asked about an instance.
struct DescribeAnswer {
  std::string action;
  std::int64_t received = 0;
  std::int64_t sent = 0;
  std::string state;  // "pending", "running", ...; empty if it did not show the instance
};

struct BootRecord {
  std::string kind;  // "launch", "start", "reboot"
  std::string instance_id;
  std::string region;
  std::map<std::string, std::int64_t> events;  // by name, as far as they happened
  std::vector<DescribeAnswer> answers;         // up to the first that showed "running"
  int connections = 0;
  int logins = 0;
};

struct ApiCall {
  std::string action;  // empty if a refused request did not tell
  std::int64_t received = 0;
  std::string error;  // the code with which it was refused; empty if it was not
};

// The cloud keeps the last calls only.
inline constexpr std::size_t kMostCallsKept = 200'000;

struct CloudRecord {
  std::vector<BootRecord> boots;  // in order
  std::vector<ApiCall> calls;     // the last kMostCallsKept, in the order of their answers
};

// Throws std::runtime_error if `text` is not such a record.
CloudRecord ReadCloudRecord(const std::string& text);

}  // namespace suites
