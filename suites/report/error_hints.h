// What a user can do about an error of AWS's that is about the account or about what was asked for.
#pragma once

#include <string>

namespace suites {

// One line that names the flag to try or the thing to look at, for the first of AWS's error codes
// in `failure` ("RunInstances: VcpuLimitExceeded: You have ...") that has one; else empty.
std::string HintFor(const std::string& failure);

}  // namespace suites
