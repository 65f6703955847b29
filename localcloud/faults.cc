#include "localcloud/faults.h"

#include <fmt/format.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

namespace localcloud {
namespace {

using Json = nlohmann::json;

[[noreturn]] void Fail(const std::string& where, const std::string& problem) {
  throw std::runtime_error(fmt::format("faults {}: {}", where, problem));
}

std::string ReadText(const Json& entry, const std::string& where, const std::string& key,
                     const std::string& otherwise) {
  if (!entry.contains(key)) {
    if (otherwise.empty()) Fail(where, fmt::format("\"{}\" is missing", key));
    return otherwise;
  }
  if (!entry[key].is_string() || entry[key].get<std::string>().empty()) {
    Fail(where, fmt::format("\"{}\" must be a text", key));
  }
  return entry[key].get<std::string>();
}

std::int64_t ReadInteger(const Json& entry, const std::string& where, const std::string& key,
                         std::int64_t otherwise, std::int64_t min, std::int64_t max) {
  if (!entry.contains(key)) return otherwise;
  if (!entry[key].is_number_integer()) {
    Fail(where, fmt::format("\"{}\" must be a whole number", key));
  }
  const auto value = entry[key].get<std::int64_t>();
  if (value < min || value > max) {
    Fail(where, fmt::format("\"{}\" must be between {} and {}", key, min, max));
  }
  return value;
}

}  // namespace

FaultPlan FaultPlan::Parse(const std::string& json_text, const std::string& origin) {
  static const std::set<std::string> kKeys = {"action",      "error", "message",
                                              "http_status", "skip",  "times"};
  constexpr std::int64_t kMany = std::numeric_limits<std::int32_t>::max();
  Json document;
  try {
    document = Json::parse(json_text);
  } catch (const Json::parse_error& failure) {
    const std::string what = failure.what();
    const std::size_t start = what.find("] ");
    Fail(origin, start == std::string::npos ? what : what.substr(start + 2));
  }
  if (!document.is_array()) Fail(origin, "must be a list of faults");
  FaultPlan plan;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const Json& entry = document[i];
    const std::string where = fmt::format("{}: entry {}", origin, i);
    if (!entry.is_object()) Fail(where, "must be an object");
    for (const auto& [key, value] : entry.items()) {
      if (!kKeys.contains(key)) {
        Fail(where, fmt::format("unknown key \"{}\"; known are {}", key, fmt::join(kKeys, ", ")));
      }
    }
    Fault fault;
    fault.action = ReadText(entry, where, "action", "");
    fault.error = ReadText(entry, where, "error", "");
    fault.message = ReadText(entry, where, "message", "Injected by the local cloud's faults file.");
    fault.http_status = static_cast<int>(ReadInteger(entry, where, "http_status", 400, 400, 599));
    fault.skip = ReadInteger(entry, where, "skip", 0, 0, kMany);
    fault.times = ReadInteger(entry, where, "times", kMany, 1, kMany);
    plan.faults_.push_back(std::move(fault));
  }
  return plan;
}

FaultPlan FaultPlan::Load(const std::string& path) {
  std::ifstream file(path);
  if (!file) Fail(path, "cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return Parse(text.str(), path);
}

std::optional<ApiError> FaultPlan::NextCall(std::string_view action) {
  std::optional<ApiError> error;
  for (Fault& fault : faults_) {
    if (fault.action != action) continue;
    const std::int64_t call = fault.seen++;
    if (!error && call >= fault.skip && call < fault.skip + fault.times) {
      error.emplace(fault.error, fault.message, fault.http_status);
    }
  }
  return error;
}

}  // namespace localcloud
