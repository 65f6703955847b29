// The account's only instance profile and its role.
#pragma once

#include <chrono>
#include <string>

#include "localcloud/http/session_keys.h"

namespace localcloud {

// The role may do everything that the account may: permissions are not modelled. Profile and role
// have the same name, as if the console had created them.
inline constexpr char kInstanceProfile[] = "localcloud-instance";
inline constexpr char kInstanceProfileId[] = "AIPALOCALCLOUD0000000";
std::string InstanceProfileArn(const std::string& account_id);

// Returns the metadata service's answer for the role: a JSON document with new credentials. They
// last six hours, about as long as EC2's. EC2 replaces them before they expire; here each boot has
// one set.
std::string NewRoleCredentials(SessionKeys* keys, std::chrono::system_clock::time_point now);

}  // namespace localcloud
