// The account's one instance profile, and the role in it.
#pragma once

#include <chrono>
#include <string>

#include "localcloud/http/session_keys.h"

namespace localcloud {

// It may do all that the account may: permissions are not modelled. Profile and role have one name,
// as the console makes them.
inline constexpr char kInstanceProfile[] = "localcloud-instance";
inline constexpr char kInstanceProfileId[] = "AIPALOCALCLOUD0000000";
std::string InstanceProfileArn(const std::string& account_id);

// What the metadata service answers for the role: a JSON document with new credentials. They last
// six hours, about as long as EC2's; EC2 gives new ones before that, here a boot has one set.
std::string NewRoleCredentials(SessionKeys* keys, std::chrono::system_clock::time_point now);

}  // namespace localcloud
