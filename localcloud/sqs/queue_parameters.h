// Reads and checks the parameters of SQS requests.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

namespace localcloud {

// Limits from "Amazon SQS quotas".
inline constexpr std::int64_t kMostAtOnce = 10;  // messages per call
inline constexpr std::int64_t kLongestVisibility_s = 43'200;
inline constexpr std::int64_t kLongestWait_s = 20;

inline constexpr char kBadValue[] = "InvalidParameterValue";

// All functions throw ApiError with SQS's codes.

bool IsQueueName(const std::string& name);
std::string ReadText(const nlohmann::json& object, const char* key);  // empty if missing
std::string RequireText(const nlohmann::json& object, const char* key);
std::int64_t ReadNumber(const nlohmann::json& object, const char* key, std::int64_t otherwise,
                        std::int64_t least, std::int64_t most);
// Refuses parameters that are not implemented. Ignoring them would mislead the caller.
void RefuseOthers(const nlohmann::json& object, const std::set<std::string>& known);
// Returns the entries of a batch. Their ids are unique.
const nlohmann::json& RequireEntries(const nlohmann::json& body);
std::string RequireBody(const nlohmann::json& entry);  // of a message

// Returns all attributes that can be set, with their default values.
std::map<std::string, std::int64_t> DefaultAttributes();
std::map<std::string, std::int64_t> ReadAttributes(const nlohmann::json& body);
std::map<std::string, std::string> ReadTags(const nlohmann::json& body, const char* key);

}  // namespace localcloud
