#include "localcloud/sqs/queue_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string_view>

#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxMessageBytes = 1 << 20;  // since August 2025; before, it was 256 KiB

// The attributes that can be set: default, minimum and maximum.
struct NumberAttribute {
  const char* name;
  std::int64_t value;
  std::int64_t least;
  std::int64_t most;
};
constexpr NumberAttribute kNumbers[] = {{"VisibilityTimeout", 30, 0, kLongestVisibility_s},
                                        {"MessageRetentionPeriod", 345'600, 60, 1'209'600},
                                        {"ReceiveMessageWaitTimeSeconds", 0, 0, kLongestWait_s}};

// Returns true if all characters are allowed in XML 1.0. Requires: `text` is UTF-8 without
// surrogates, as checked by the JSON parser.
bool IsXmlText(std::string_view text) {
  const bool control = std::ranges::any_of(
      text, [](unsigned char c) { return c < ' ' && c != '\t' && c != '\n' && c != '\r'; });
  const auto has = [&](const char* character) {
    return text.find(character) != std::string_view::npos;
  };
  return !control && !has("\uFFFE") && !has("\uFFFF");
}

}  // namespace

bool IsQueueName(const std::string& name) {
  return !name.empty() && name.size() <= 80 && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

std::string ReadText(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string())
    throw ApiError("SerializationException", fmt::format("{} must be a string", key));
  return found->get<std::string>();
}

std::string RequireText(const Json& object, const char* key) {
  std::string text = ReadText(object, key);
  if (text.empty())
    throw ApiError("MissingParameter",
                   fmt::format("The request must contain the parameter {}.", key));
  return text;
}

std::int64_t ReadNumber(const Json& object, const char* key, std::int64_t otherwise,
                        std::int64_t least, std::int64_t most) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return otherwise;
  const std::int64_t value = found->is_number_integer() ? found->get<std::int64_t>() : least - 1;
  if (value < least || value > most) {
    throw ApiError(kBadValue,
                   fmt::format("Value {} for parameter {} is invalid. Reason: Must be >= {} and <= "
                               "{}, if provided.",
                               found->dump(), key, least, most));
  }
  return value;
}

void RefuseOthers(const Json& object, const std::set<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key))
      throw ApiError("UnsupportedOperation",
                     fmt::format("localcloud does not support {} for queues", key));
  }
}

const Json& RequireEntries(const Json& body) {
  static const Json kNone = Json::array();
  const auto found = body.find("Entries");
  const Json& entries = found != body.end() && found->is_array() ? *found : kNone;
  if (entries.empty())
    throw ApiError("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (entries.size() > kMostAtOnce) {
    throw ApiError("TooManyEntriesInBatchRequest",
                   fmt::format("Maximum number of entries per request are {}. You have sent {}.",
                               kMostAtOnce, entries.size()));
  }
  std::set<std::string> ids;
  for (const Json& entry : entries) {
    const std::string id = RequireText(entry, "Id");
    if (!ids.insert(id).second)
      throw ApiError("BatchEntryIdsNotDistinct", fmt::format("Id {} repeated.", id));
  }
  return entries;
}

std::map<std::string, std::int64_t> DefaultAttributes() {
  std::map<std::string, std::int64_t> all;
  for (const NumberAttribute& number : kNumbers) all[number.name] = number.value;
  return all;
}

std::map<std::string, std::int64_t> ReadAttributes(const Json& body) {
  std::map<std::string, std::int64_t> given;
  const Json attributes = body.value("Attributes", Json::object());
  for (const auto& [name, value] : attributes.items()) {
    const auto known = std::ranges::find_if(
        kNumbers, [&name = name](const NumberAttribute& number) { return name == number.name; });
    if (known == std::end(kNumbers))
      throw ApiError("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name));
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    const bool digits = !text.empty() && text.size() < 10 &&
                        std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c); });
    const std::int64_t number = digits ? std::stoll(text) : -1;
    if (number < known->least || number > known->most) {
      throw ApiError("InvalidAttributeValue",
                     fmt::format("Invalid value for the parameter {}.", name));
    }
    given[name] = number;
  }
  return given;
}

std::map<std::string, std::string> ReadTags(const Json& body, const char* key) {
  std::map<std::string, std::string> tags;
  const auto found = body.find(key);
  if (found == body.end()) return tags;
  for (const auto& [name, value] : found->items()) {
    if (!value.is_string() || name.empty() || name.starts_with("aws:"))
      throw ApiError(kBadValue, fmt::format("The tag {} is not valid.", name));
    tags[name] = value.get<std::string>();
  }
  if (tags.size() > 50) throw ApiError(kBadValue, "Too many tags: a queue has at most 50.");
  return tags;
}

std::string RequireBody(const Json& entry) {
  RefuseOthers(entry, {"Id", "QueueUrl", "MessageBody"});
  std::string body = RequireText(entry, "MessageBody");
  if (body.size() > kMaxMessageBytes) {
    throw ApiError(kBadValue, fmt::format("One or more parameters are invalid. Reason: Message "
                                          "must be shorter than {} bytes.",
                                          kMaxMessageBytes));
  }
  if (!IsXmlText(body)) {
    throw ApiError("InvalidMessageContents",
                   "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 "
                   "to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
  }
  return body;
}

}  // namespace localcloud
