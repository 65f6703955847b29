#include "aws/error.h"

#include <fmt/format.h>

#include <utility>

namespace aws {
namespace {

std::string Describe(const Error::Details& details) {
  if (details.kind != Error::Kind::kService) {
    return details.action.empty() ? details.message
                                  : fmt::format("{} {}", details.action, details.message);
  }
  std::string where = details.http_status > 0 ? fmt::format("HTTP {}", details.http_status) : "";
  if (!details.request_id.empty()) {
    where += fmt::format("{}request {}", where.empty() ? "" : ", ", details.request_id);
  }
  return fmt::format("{}: {}: {}{}", details.action, details.code, details.message,
                     where.empty() ? "" : " (" + where + ")");
}

}  // namespace

Error::Error(Details details)
    : std::runtime_error(Describe(details)), details_(std::move(details)) {}

}  // namespace aws
