// What a user can do about an AWS error that concerns the account or the request.
#pragma once

#include <string>

namespace suites {

// Returns one line that names the flag to try or what to check. It belongs to the first AWS error
// code in `failure` ("RunInstances: VcpuLimitExceeded: You have ...") that has a hint. Returns an
// empty text if none has one.
std::string HintFor(const std::string& failure);

}  // namespace suites
