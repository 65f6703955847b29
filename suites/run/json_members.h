// Members of JSON objects that other programs wrote, which may be missing or of another type.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace suites {

// Returns `otherwise` if the member is missing or is not a number.
template <typename Number>
Number NumberOr(const nlohmann::json& object, const char* key, Number otherwise) {
  const auto value = object.find(key);
  return value != object.end() && value->is_number() ? value->get<Number>() : otherwise;
}

// Returns "" if the member is missing or is not a text.
inline std::string TextOf(const nlohmann::json& object, const char* key) {
  const auto value = object.find(key);
  return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

}  // namespace suites
