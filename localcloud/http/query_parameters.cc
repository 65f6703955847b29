#include "localcloud/http/query_parameters.h"

#include <charconv>

#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Returns the number at the start of `text`. The number must end at a dot or at the end of `text`;
// otherwise returns -1.
std::int64_t LeadingIndex(std::string_view text) {
  std::int64_t index = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || index < 0) return -1;
  const bool ends = end == text.data() + text.size() || *end == '.';
  return ends ? index : -1;
}

[[noreturn]] void ThrowInvalid(const std::string& name, const std::string& value,
                               const char* wanted) {
  throw ApiError("InvalidParameterValue",
                 "Invalid value '" + value + "' for " + name + "; expected " + wanted);
}

}  // namespace

std::string DecodeForm(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        throw ApiError("MalformedQueryString", "The query string contains a syntax error.", 404);
      }
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

QueryParameters QueryParameters::Parse(std::string_view form) {
  QueryParameters parameters;
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string name = DecodeForm(pair.substr(0, equals));
    std::string value;
    if (equals != std::string_view::npos) value = DecodeForm(pair.substr(equals + 1));
    if (!parameters.values_.emplace(name, std::move(value)).second) {
      throw ApiError("MalformedQueryString", "The parameter " + name + " is given twice", 404);
    }
  }
  return parameters;
}

QueryParameters QueryParameters::Of(const HttpRequest& request) {
  return Parse(request.method == "POST" ? request.body : request.query);
}

std::string QueryParameters::RequireAction() const {
  std::string action = Get("Action");
  if (action.empty())
    throw ApiError("MissingAction", "The request must contain the parameter Action");
  return action;
}

std::string QueryParameters::Get(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string() : found->second;
}

std::string QueryParameters::Require(const std::string& name) const {
  std::string value = Get(name);
  if (value.empty()) {
    throw ApiError("MissingParameter", "The request must contain the parameter " + name);
  }
  return value;
}

bool QueryParameters::GetBool(const std::string& name, bool otherwise) const {
  const std::string value = Get(name);
  if (value.empty()) return otherwise;
  if (value == "true" || value == "True" || value == "1") return true;
  if (value == "false" || value == "False" || value == "0") return false;
  ThrowInvalid(name, value, "true or false");
}

std::optional<std::int64_t> QueryParameters::GetInt(const std::string& name) const {
  const std::string value = Get(name);
  if (value.empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    ThrowInvalid(name, value, "a whole number");
  }
  return number;
}

std::vector<std::string> QueryParameters::GetList(const std::string& name) const {
  // Ordered by number, because the map has "10" before "2".
  std::map<std::int64_t, std::string> ordered;
  const std::string prefix = name + ".";
  for (auto it = values_.lower_bound(prefix); it != values_.end(); ++it) {
    if (it->first.compare(0, prefix.size(), prefix) != 0) break;
    const std::string_view rest = std::string_view(it->first).substr(prefix.size());
    const std::int64_t index = LeadingIndex(rest);
    if (index >= 0 && rest.find('.') == std::string_view::npos) ordered[index] = it->second;
  }
  std::vector<std::string> list;
  list.reserve(ordered.size());
  for (auto& [index, value] : ordered) list.push_back(std::move(value));
  return list;
}

std::vector<QueryParameters> QueryParameters::GetStructures(const std::string& name) const {
  std::map<std::int64_t, QueryParameters> ordered;
  const std::string prefix = name + ".";
  for (auto it = values_.lower_bound(prefix); it != values_.end(); ++it) {
    if (it->first.compare(0, prefix.size(), prefix) != 0) break;
    const std::string_view rest = std::string_view(it->first).substr(prefix.size());
    const std::int64_t index = LeadingIndex(rest);
    const std::size_t dot = rest.find('.');
    if (index < 0 || dot == std::string_view::npos) continue;
    ordered[index].values_.emplace(rest.substr(dot + 1), it->second);
  }
  std::vector<QueryParameters> structures;
  structures.reserve(ordered.size());
  for (auto& [index, structure] : ordered) structures.push_back(std::move(structure));
  return structures;
}

QueryParameters QueryParameters::GetStructure(const std::string& name) const {
  QueryParameters structure;
  const std::string prefix = name + ".";
  for (auto it = values_.lower_bound(prefix); it != values_.end(); ++it) {
    if (it->first.compare(0, prefix.size(), prefix) != 0) break;
    structure.values_.emplace(it->first.substr(prefix.size()), it->second);
  }
  return structure;
}

}  // namespace localcloud
