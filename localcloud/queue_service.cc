#include "localcloud/queue_service.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <deque>
#include <list>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "localcloud/uuid.h"

namespace localcloud {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr std::size_t kMostAtOnce = 10;
constexpr std::size_t kMaxMessageBytes = 1 << 20;  // since August 2025; it was 256 KiB
constexpr seconds kNameTakenFor{60};
constexpr std::int64_t kLongestVisibility_s = 43'200;
constexpr std::int64_t kLongestWait_s = 20;

constexpr char kNoQueue[] = "QueueDoesNotExist";
constexpr char kBadValue[] = "InvalidParameterValue";

// Attributes that can be set, with what they are where nobody has set them, least and most.
struct NumberAttribute {
  const char* name;
  std::int64_t value;
  std::int64_t least;
  std::int64_t most;
};
constexpr NumberAttribute kNumbers[] = {{"VisibilityTimeout", 30, 0, kLongestVisibility_s},
                                        {"MessageRetentionPeriod", 345'600, 60, 1'209'600},
                                        {"ReceiveMessageWaitTimeSeconds", 0, 0, kLongestWait_s}};

std::int64_t Now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Md5Hex(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

bool IsQueueName(const std::string& name) {
  return !name.empty() && name.size() <= 80 && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
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

// Whatever this service has not. Ignoring it would be a lie.
void RefuseOthers(const Json& object, const std::set<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key))
      throw ApiError("UnsupportedOperation", fmt::format("localcloud's queues have no {}", key));
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

}  // namespace

struct QueueService::Queue {
  struct Message {
    std::string id;
    std::string body;
    std::int64_t sent_ms = 0;
    std::int64_t first_received_ms = 0;
    int receive_count = 0;
    Clock::time_point visible_at{};
    Clock::time_point expires{};
    std::string receipt;  // of the last time it was received; empty: never yet
  };
  struct Waiter {
    std::size_t most = 1;
    std::optional<seconds> visibility;
    std::set<std::string> attributes;
    Timers::Id give_up = 0;
    Done done;
  };

  std::map<std::string, std::int64_t> numbers;
  std::map<std::string, std::string> tags;
  std::int64_t created_ms = Now_ms();
  std::list<Message> messages;
  std::list<Waiter> waiters;
  Timers::Id next_visible = 0;

  std::int64_t Number(const std::string& name) const { return numbers.at(name); }
  Message* FindReceipt(const std::string& receipt) {
    const auto found = std::ranges::find(messages, receipt, &Message::receipt);
    return found == messages.end() ? nullptr : &*found;
  }
  void DropExpired(Clock::time_point now) {
    messages.remove_if([now](const Message& message) { return message.expires <= now; });
  }
  Json Take(const Waiter& waiter, std::uint64_t* last_number);
};

Json QueueService::Queue::Take(const Waiter& waiter, std::uint64_t* last_number) {
  const Clock::time_point now = Clock::now();
  DropExpired(now);
  Json taken = Json::array();
  for (Message& message : messages) {
    if (taken.size() == waiter.most) break;
    if (message.visible_at > now) continue;
    const seconds visibility = waiter.visibility.value_or(seconds(Number("VisibilityTimeout")));
    message.visible_at = now + visibility;
    message.receipt = fmt::format("{}.{}", message.id, ++*last_number);
    if (message.receive_count++ == 0) message.first_received_ms = Now_ms();
    Json entry = {{"MessageId", message.id},
                  {"ReceiptHandle", message.receipt},
                  {"MD5OfBody", Md5Hex(message.body)},
                  {"Body", message.body}};
    const std::pair<const char*, std::int64_t> attributes[] = {
        {"SentTimestamp", message.sent_ms},
        {"ApproximateFirstReceiveTimestamp", message.first_received_ms},
        {"ApproximateReceiveCount", message.receive_count}};
    for (const auto& [name, value] : attributes) {
      if (waiter.attributes.contains(name) || waiter.attributes.contains("All"))
        entry["Attributes"][name] = std::to_string(value);
    }
    taken.push_back(std::move(entry));
  }
  return taken;
}

struct QueueService::Request {
  std::string region;
  std::string endpoint;
  Json body;
};

QueueService::QueueService(Timers* timers, std::string account_id)
    : timers_(*timers), account_id_(std::move(account_id)) {}

QueueService::~QueueService() = default;

void QueueService::Run(const std::string& region, const std::string& action,
                       const std::string& body, const std::string& endpoint, const Done& done) {
  const Request request{region, endpoint, Json::parse(body, nullptr, /*allow_exceptions=*/false)};
  if (!request.body.is_object())
    throw ApiError("SerializationException", "The body is not a JSON object");
  if (action == "ReceiveMessage") return Receive(request, done);
  using Handler = std::function<std::string()>;
  const std::map<std::string, Handler> handlers{
      {"CreateQueue", [&] { return Create(request); }},
      {"DeleteQueue", [&] { return Delete(request); }},
      {"GetQueueUrl",
       [&] {
         const std::string name = RequireText(request.body, "QueueName");
         if (!queues_.contains({region, name}))
           throw ApiError(kNoQueue, "The specified queue does not exist.");
         return Dump({{"QueueUrl", UrlOf(request, name)}});
       }},
      {"ListQueues", [&] { return List(request); }},
      {"SendMessage", [&] { return Send(request); }},
      {"SendMessageBatch", [&] { return SendBatch(request); }},
      {"DeleteMessage", [&] { return DeleteMessages(request, false); }},
      {"DeleteMessageBatch", [&] { return DeleteMessages(request, true); }},
      {"ChangeMessageVisibility", [&] { return ChangeVisibility(request); }},
      {"GetQueueAttributes", [&] { return GetAttributes(request); }},
      {"SetQueueAttributes", [&] { return SetAttributes(request); }},
      {"PurgeQueue", [&] { return Purge(request); }},
      {"TagQueue", [&] { return ChangeTags(request, action); }},
      {"UntagQueue", [&] { return ChangeTags(request, action); }},
      {"ListQueueTags", [&] { return ChangeTags(request, action); }},
  };
  const auto found = handlers.find(action);
  if (found == handlers.end())
    throw ApiError("UnknownOperationException", fmt::format("localcloud has no SQS {}", action));
  done(found->second());
}

std::vector<std::string> QueueService::QueueNames(const std::string& region) const {
  std::vector<std::string> names;
  for (const auto& [key, queue] : queues_) {
    if (key.first == region) names.push_back(key.second);
  }
  return names;
}

std::string QueueService::UrlOf(const Request& request, const std::string& name) const {
  return fmt::format("http://{}/{}/{}", request.endpoint, account_id_, name);
}

QueueService::Key QueueService::KeyOf(const Request& request) {
  const std::string url = RequireText(request.body, "QueueUrl");
  return {request.region, url.substr(url.rfind('/') + 1)};
}

QueueService::Queue& QueueService::Find(const Request& request) {
  const auto found = queues_.find(KeyOf(request));
  if (found == queues_.end()) throw ApiError(kNoQueue, "The specified queue does not exist.");
  return *found->second;
}

namespace {

// Throws ApiError for what is no attribute, or has no such value.
std::map<std::string, std::int64_t> ReadAttributes(const Json& body) {
  std::map<std::string, std::int64_t> given;
  const Json attributes = body.value("Attributes", Json::object());
  for (const auto& [name, value] : attributes.items()) {
    const auto known = std::ranges::find_if(
        kNumbers, [&](const NumberAttribute& number) { return name == number.name; });
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

}  // namespace

std::string QueueService::Create(const Request& request) {
  RefuseOthers(request.body, {"QueueName", "Attributes", "tags", "Tags"});
  const std::string name = RequireText(request.body, "QueueName");
  if (!IsQueueName(name)) {
    throw ApiError(kBadValue,
                   "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in "
                   "length");
  }
  const auto given = ReadAttributes(request.body);
  const Key key{request.region, name};
  if (const auto found = queues_.find(key); found != queues_.end()) {
    for (const auto& [attribute, value] : given) {
      if (found->second->Number(attribute) == value) continue;
      throw ApiError("QueueNameExists",
                     fmt::format("A queue already exists with the same name and a different value "
                                 "for attribute {}",
                                 attribute));
    }
    return Dump({{"QueueUrl", UrlOf(request, name)}});
  }
  if (const auto gone = deleted_.find(key); gone != deleted_.end()) {
    if (Clock::now() < gone->second + kNameTakenFor) {
      throw ApiError(
          "QueueDeletedRecently",
          "You must wait 60 seconds after deleting a queue before you can create another "
          "with the same name.");
    }
    deleted_.erase(gone);
  }
  auto queue = std::make_unique<Queue>();
  for (const NumberAttribute& number : kNumbers) queue->numbers[number.name] = number.value;
  for (const auto& [attribute, value] : given) queue->numbers[attribute] = value;
  queue->tags = ReadTags(request.body, request.body.contains("tags") ? "tags" : "Tags");
  queues_[key] = std::move(queue);
  return Dump({{"QueueUrl", UrlOf(request, name)}});
}

std::string QueueService::Delete(const Request& request) {
  Queue& queue = Find(request);
  timers_.Cancel(queue.next_visible);
  // Whoever waits there is told that there is nothing, as one would be at the end of the wait.
  for (const Queue::Waiter& waiter : queue.waiters) {
    timers_.Cancel(waiter.give_up);
    waiter.done("{}");
  }
  const Key key = KeyOf(request);
  queues_.erase(key);
  deleted_[key] = Clock::now();
  return "";
}

std::string QueueService::List(const Request& request) const {
  RefuseOthers(request.body, {"QueueNamePrefix", "MaxResults", "NextToken"});
  const std::string prefix = ReadText(request.body, "QueueNamePrefix");
  const std::string after = ReadText(request.body, "NextToken");
  const auto most = static_cast<std::size_t>(ReadNumber(request.body, "MaxResults", 1000, 1, 1000));
  Json urls = Json::array();
  Json answer = Json::object();
  std::string last;
  for (const std::string& name : QueueNames(request.region)) {
    if (!name.starts_with(prefix) || (!after.empty() && name <= after)) continue;
    if (urls.size() == most) {
      // Pages only for who asks for them.
      if (request.body.contains("MaxResults")) answer["NextToken"] = last;
      break;
    }
    urls.push_back(UrlOf(request, name));
    last = name;
  }
  if (!urls.empty()) answer["QueueUrls"] = urls;
  return Dump(answer);
}

namespace {

std::string RequireBody(const Json& entry) {
  RefuseOthers(entry, {"Id", "QueueUrl", "MessageBody"});
  std::string body = RequireText(entry, "MessageBody");
  if (body.size() > kMaxMessageBytes) {
    throw ApiError(kBadValue, fmt::format("One or more parameters are invalid. Reason: Message "
                                          "must be shorter than {} bytes.",
                                          kMaxMessageBytes));
  }
  return body;
}

}  // namespace

std::string QueueService::Send(const Request& request) {
  Request batch = request;
  Json entry = request.body;
  entry["Id"] = "0";
  RequireBody(entry);
  batch.body = {{"QueueUrl", RequireText(request.body, "QueueUrl")},
                {"Entries", Json::array({entry})}};
  const Json answer = Json::parse(SendBatch(batch));
  const Json& sent = answer.at("Successful").at(0);
  return Dump(
      {{"MessageId", sent.at("MessageId")}, {"MD5OfMessageBody", sent.at("MD5OfMessageBody")}});
}

std::string QueueService::SendBatch(const Request& request) {
  RefuseOthers(request.body, {"QueueUrl", "Entries"});
  Queue& queue = Find(request);
  Json successful = Json::array();
  std::vector<Queue::Message> sent;
  for (const Json& entry : RequireEntries(request.body)) {
    Queue::Message message;
    message.body = RequireBody(entry);
    message.id = NewUuid();
    message.sent_ms = Now_ms();
    message.expires = Clock::now() + seconds(queue.Number("MessageRetentionPeriod"));
    successful.push_back({{"Id", entry.at("Id")},
                          {"MessageId", message.id},
                          {"MD5OfMessageBody", Md5Hex(message.body)}});
    sent.push_back(std::move(message));
  }
  for (Queue::Message& message : sent) queue.messages.push_back(std::move(message));
  Serve(KeyOf(request));
  return Dump({{"Successful", successful}});
}

void QueueService::Receive(const Request& request, const Done& done) {
  RefuseOthers(request.body,
               {"QueueUrl", "MaxNumberOfMessages", "WaitTimeSeconds", "VisibilityTimeout",
                "AttributeNames", "MessageSystemAttributeNames", "MessageAttributeNames"});
  Queue& queue = Find(request);
  Queue::Waiter waiter;
  waiter.most =
      static_cast<std::size_t>(ReadNumber(request.body, "MaxNumberOfMessages", 1, 1, kMostAtOnce));
  const std::int64_t wait =
      ReadNumber(request.body, "WaitTimeSeconds", queue.Number("ReceiveMessageWaitTimeSeconds"), 0,
                 kLongestWait_s);
  if (request.body.contains("VisibilityTimeout"))
    waiter.visibility =
        seconds(ReadNumber(request.body, "VisibilityTimeout", 0, 0, kLongestVisibility_s));
  for (const char* key : {"AttributeNames", "MessageSystemAttributeNames"}) {
    for (const Json& name : request.body.value(key, Json::array()))
      waiter.attributes.insert(name.is_string() ? name.get<std::string>() : "");
  }
  // Nobody who came later takes what another waits for.
  const Json taken = queue.waiters.empty() ? queue.Take(waiter, &last_number_) : Json::array();
  if (!taken.empty()) return done(Dump({{"Messages", taken}}));
  if (wait == 0) return done("{}");
  const Key key = KeyOf(request);
  waiter.done = done;
  const auto place = queue.waiters.insert(queue.waiters.end(), std::move(waiter));
  place->give_up = timers_.After(seconds(wait), [this, key, place] {
    const Done give_up = place->done;
    queues_.at(key)->waiters.erase(place);
    give_up("{}");
  });
  Serve(key);
}

void QueueService::Serve(const Key& key) {
  Queue& queue = *queues_.at(key);
  timers_.Cancel(queue.next_visible);
  queue.next_visible = 0;
  while (!queue.waiters.empty()) {
    const Json taken = queue.Take(queue.waiters.front(), &last_number_);
    if (taken.empty()) break;
    const Queue::Waiter served = std::move(queue.waiters.front());
    queue.waiters.pop_front();
    timers_.Cancel(served.give_up);
    served.done(Dump({{"Messages", taken}}));
  }
  if (queue.waiters.empty() || queue.messages.empty()) return;
  const auto next = std::ranges::min_element(queue.messages, {}, &Queue::Message::visible_at);
  queue.next_visible = timers_.After(next->visible_at - Clock::now(), [this, key] { Serve(key); });
}

std::string QueueService::DeleteMessages(const Request& request, bool batch) {
  Queue& queue = Find(request);
  const auto remove = [&queue](const std::string& receipt) {
    // A handle of an earlier receiving deletes nothing, and of a deleted message is no error.
    std::erase_if(queue.messages,
                  [&](const Queue::Message& message) { return message.receipt == receipt; });
  };
  if (!batch) {
    const std::string receipt = RequireText(request.body, "ReceiptHandle");
    if (receipt.find('.') == std::string::npos) {
      throw ApiError(
          "ReceiptHandleIsInvalid",
          fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", receipt));
    }
    remove(receipt);
    return "";
  }
  Json successful = Json::array();
  for (const Json& entry : RequireEntries(request.body)) {
    remove(RequireText(entry, "ReceiptHandle"));
    successful.push_back({{"Id", entry.at("Id")}});
  }
  return Dump({{"Successful", successful}});
}

std::string QueueService::ChangeVisibility(const Request& request) {
  Queue& queue = Find(request);
  const std::string receipt = RequireText(request.body, "ReceiptHandle");
  const std::int64_t timeout =
      ReadNumber(request.body, "VisibilityTimeout", -1, 0, kLongestVisibility_s);
  if (timeout < 0) RequireText(request.body, "VisibilityTimeout");
  Queue::Message* message = queue.FindReceipt(receipt);
  const Clock::time_point now = Clock::now();
  if (message == nullptr) {
    throw ApiError(
        "ReceiptHandleIsInvalid",
        fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", receipt));
  }
  if (message->visible_at <= now) {
    throw ApiError("MessageNotInflight",
                   fmt::format("Value {} for parameter ReceiptHandle is invalid. Reason: Message "
                               "does not exist or is not available for visibility timeout change.",
                               receipt));
  }
  message->visible_at = now + seconds(timeout);
  Serve(KeyOf(request));
  return "";
}

std::string QueueService::GetAttributes(const Request& request) {
  Queue& queue = Find(request);
  const Clock::time_point now = Clock::now();
  queue.DropExpired(now);
  const auto in_flight = std::ranges::count_if(
      queue.messages, [now](const Queue::Message& message) { return message.visible_at > now; });
  std::map<std::string, std::string> all{
      {"ApproximateNumberOfMessages",
       std::to_string(static_cast<std::ptrdiff_t>(queue.messages.size()) - in_flight)},
      {"ApproximateNumberOfMessagesNotVisible", std::to_string(in_flight)},
      {"ApproximateNumberOfMessagesDelayed", "0"},
      {"CreatedTimestamp", std::to_string(queue.created_ms / 1000)},
      {"QueueArn",
       fmt::format("arn:aws:sqs:{}:{}:{}", request.region, account_id_, KeyOf(request).second)}};
  for (const auto& [name, value] : queue.numbers) all[name] = std::to_string(value);
  Json attributes = Json::object();
  for (const Json& wanted : request.body.value("AttributeNames", Json::array())) {
    const std::string name = wanted.is_string() ? wanted.get<std::string>() : "";
    if (name == "All") {
      attributes = all;
    } else if (const auto found = all.find(name); found != all.end()) {
      attributes[name] = found->second;
    } else {
      throw ApiError("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name));
    }
  }
  if (attributes.empty()) return "{}";
  return Dump({{"Attributes", attributes}});
}

std::string QueueService::SetAttributes(const Request& request) {
  Queue& queue = Find(request);
  for (const auto& [name, value] : ReadAttributes(request.body)) queue.numbers[name] = value;
  return "";
}

std::string QueueService::ChangeTags(const Request& request, const std::string& action) {
  Queue& queue = Find(request);
  if (action == "ListQueueTags") return queue.tags.empty() ? "{}" : Dump({{"Tags", queue.tags}});
  if (action == "TagQueue") {
    for (const auto& [name, value] : ReadTags(request.body, "Tags")) queue.tags[name] = value;
  } else {
    for (const Json& name : request.body.value("TagKeys", Json::array()))
      queue.tags.erase(name.is_string() ? name.get<std::string>() : "");
  }
  return "";
}

std::string QueueService::Purge(const Request& request) {
  Find(request).messages.clear();
  return "";
}

std::string QueueErrorQueryCode(const std::string& code) {
  static const std::map<std::string, std::string> kCodes{
      {kNoQueue, "AWS.SimpleQueueService.NonExistentQueue"},
      {"QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"},
      {"QueueNameExists", "QueueAlreadyExists"},
      {"MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"},
      {"EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"},
      {"TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"},
      {"BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"},
      {"UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"}};
  const auto found = kCodes.find(code);
  return found == kCodes.end() ? code : found->second;
}

}  // namespace localcloud
