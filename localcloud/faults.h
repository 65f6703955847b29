// What goes wrong on purpose: a JSON file of faults, so that clients can be tested against
// failures.
//
//   [{"action": "RunInstances", "error": "UnauthorizedOperation", "message": "...", "http_status":
//   403,
//     "skip": 0, "times": 1}, ...]
//
// The first `skip` calls of the action are let through, the next `times` (default: all) are
// answered with the error. `message` and `http_status` (default 400) are optional. Where several
// entries name an action, each counts all of its calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/api_error.h"

namespace localcloud {

// From the event loop's thread only.
class FaultPlan {
 public:
  FaultPlan() = default;
  // Both throw std::runtime_error with one line: which file, which entry, what is wrong.
  static FaultPlan Load(const std::string& path);
  static FaultPlan Parse(const std::string& json_text, const std::string& origin);

  // Counts one call of `action`; the error it is to be answered with, if any.
  std::optional<ApiError> NextCall(std::string_view action);

 private:
  struct Fault {
    std::string action;
    std::string error;
    std::string message;
    int http_status = 400;
    std::int64_t skip = 0;
    std::int64_t times = 0;
    std::int64_t seen = 0;  // calls so far
  };
  std::vector<Fault> faults_;
};

}  // namespace localcloud
