#include "localcloud/ec2/state/instance_role.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "localcloud/ec2/state/region.h"
#include "localcloud/http/dates.h"

namespace localcloud {
namespace {

constexpr std::chrono::hours kLifetime{6};  // a protocol time: never scaled

}  // namespace

std::string InstanceProfileArn(const std::string& account_id) {
  return fmt::format("arn:aws:iam::{}:instance-profile/{}", account_id, kInstanceProfile);
}

std::string NewRoleCredentials(SessionKeys* keys, std::chrono::system_clock::time_point now) {
  const auto& issued = keys->Issue(now + kLifetime);
  return nlohmann::ordered_json{{"Code", "Success"},
                                {"LastUpdated", FormatTime(now)},
                                {"Type", "AWS-HMAC"},
                                {"AccessKeyId", issued.key.access_key_id},
                                {"SecretAccessKey", issued.key.secret_access_key},
                                {"Token", issued.key.session_token},
                                {"Expiration", FormatTime(issued.expiry)}}
      .dump(2);
}

}  // namespace localcloud
