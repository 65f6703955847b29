// ClientToken: repeating a call with the same token changes nothing.
#include <algorithm>

#include "localcloud/ec2/api/api.h"

namespace localcloud {

std::string ReadClientToken(const QueryParameters& parameters) {
  // "Ensuring idempotency" in the EC2 API reference: up to 64 ASCII characters.
  constexpr std::size_t kMost = 64;
  std::string token = parameters.Get("ClientToken");
  if (token.size() > kMost ||
      !std::ranges::all_of(token, [](char c) { return c >= '!' && c <= '~'; })) {
    throw ApiError("InvalidParameterValue",
                   "ClientToken: must be at most 64 printable ASCII characters");
  }
  return token;
}

std::map<std::string, std::string> ComparedParameters(const QueryParameters& parameters) {
  auto compared = parameters.values();
  compared.erase("DryRun");
  return compared;
}

void RequireSameParameters(const std::map<std::string, std::string>& earlier,
                           const std::map<std::string, std::string>& now) {
  if (earlier == now) return;
  throw ApiError("IdempotentParameterMismatch",
                 "The client token you have provided is associated with a resource that was "
                 "created with different parameters. Please use a different client token.");
}

}  // namespace localcloud
