// What SQS requests hold, and what is wrong with them.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

namespace localcloud {

// SQS's own limits (Amazon SQS quotas).
inline constexpr std::int64_t kMostAtOnce = 10;  // messages of a call
inline constexpr std::int64_t kLongestVisibility_s = 43'200;
inline constexpr std::int64_t kLongestWait_s = 20;

inline constexpr char kBadValue[] = "InvalidParameterValue";

// All of them throw ApiError with SQS's codes.

bool IsQueueName(const std::string& name);
std::string ReadText(const nlohmann::json& object, const char* key);  // empty: it is not there
std::string RequireText(const nlohmann::json& object, const char* key);
std::int64_t ReadNumber(const nlohmann::json& object, const char* key, std::int64_t otherwise,
                        std::int64_t least, std::int64_t most);
// Whatever this service has not. Ignoring it would be a lie.
void RefuseOthers(const nlohmann::json& object, const std::set<std::string>& known);
// A batch's, which have ids of their own.
const nlohmann::json& RequireEntries(const nlohmann::json& body);
std::string RequireBody(const nlohmann::json& entry);  // a message's

// Attributes that can be set, with what they are where nobody has set them.
std::map<std::string, std::int64_t> DefaultAttributes();
std::map<std::string, std::int64_t> ReadAttributes(const nlohmann::json& body);
std::map<std::string, std::string> ReadTags(const nlohmann::json& body, const char* key);

}  // namespace localcloud
