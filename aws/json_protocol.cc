#include "aws/json_protocol.h"

#include <nlohmann/json.hpp>
#include <string>

namespace aws {

using nlohmann::json;

namespace {

std::string StringAt(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// "com.amazonaws.ssm#ParameterNotFound" and "ParameterNotFound:http://..." are both
// "ParameterNotFound".
std::string CodeOf(std::string_view type) {
  if (const auto hash = type.find('#'); hash != std::string_view::npos) {
    type.remove_prefix(hash + 1);
  }
  return std::string(type.substr(0, type.find(':')));
}

}  // namespace

std::optional<ServiceError> ParseJsonError(std::string_view document, std::string_view error_type) {
  const json parsed = json::parse(document, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  ServiceError error;
  error.code = CodeOf(StringAt(parsed, "__type"));
  if (error.code.empty()) error.code = CodeOf(error_type);
  if (error.code.empty()) error.code = CodeOf(StringAt(parsed, "code"));
  if (error.code.empty()) return std::nullopt;
  error.message = StringAt(parsed, "message");
  if (error.message.empty()) error.message = StringAt(parsed, "Message");
  return error;
}

bool IsCutOffJson(std::string_view document) {
  const auto begin = document.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && document[begin] == '{' && !json::accept(document);
}

}  // namespace aws
