#include "aws/sts.h"

#include <pugixml.hpp>
#include <utility>

namespace aws {

Sts::Sts(std::shared_ptr<Client> client) : client_(std::move(client)) {}

CallerIdentity Sts::GetCallerIdentity(const CallOptions& options) {
  const std::string text =
      client_->CallQuery(ServiceAction("GetCallerIdentity").name(), "2011-06-15", {}, options);
  pugi::xml_document document;
  document.load_buffer(text.data(), text.size());
  const pugi::xml_node result =
      document.child("GetCallerIdentityResponse").child("GetCallerIdentityResult");
  CallerIdentity identity{result.child_value("Account"), result.child_value("Arn")};
  if (identity.account.empty()) {
    throw Error({.kind = Error::Kind::kProtocol,
                 .action = "GetCallerIdentity",
                 .message = "was answered without an account",
                 .http_status = 200});
  }
  return identity;
}

}  // namespace aws
