#include "localcloud/sqs/queue_service.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "localcloud/http/digests.h"
#include "localcloud/sqs/message_queue.h"
#include "localcloud/sqs/queue_parameters.h"

namespace localcloud {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr char kNoQueue[] = "QueueDoesNotExist";

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

struct QueueService::Queue {
  explicit Queue(Timers* timers) : messages(timers) {}

  std::map<std::string, std::int64_t> numbers;  // by attribute name
  std::map<std::string, std::string> tags;
  std::int64_t created_s =
      std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  Clock::time_point created = Clock::now();
  MessageQueue messages;

  std::int64_t Number(const std::string& name) const { return numbers.at(name); }
};

struct QueueService::Request {
  std::string region;
  std::string endpoint;
  Json body;
};

QueueService::QueueService(Timers* timers, std::string account_id, Delays delays)
    : timers_(*timers), account_id_(std::move(account_id)), delays_(delays) {}

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
         if (!IsUsable({region, name}))
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
    throw ApiError("UnknownOperationException",
                   fmt::format("localcloud does not have the SQS operation {}", action));
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

bool QueueService::IsUsable(const Key& key) const {
  const auto found = queues_.find(key);
  return found != queues_.end() && Clock::now() >= found->second->created + delays_.usable;
}

QueueService::Queue& QueueService::Find(const Request& request) {
  const Key key = KeyOf(request);
  if (!IsUsable(key)) throw ApiError(kNoQueue, "The specified queue does not exist.");
  return *queues_.at(key);
}

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
    if (Clock::now() < gone->second + delays_.name_free) {
      throw ApiError(
          "QueueDeletedRecently",
          "You must wait 60 seconds after deleting a queue before you can create another "
          "with the same name.");
    }
    deleted_.erase(gone);
  }
  auto queue = std::make_unique<Queue>(&timers_);
  queue->numbers = DefaultAttributes();
  for (const auto& [attribute, value] : given) queue->numbers[attribute] = value;
  queue->tags = ReadTags(request.body, request.body.contains("tags") ? "tags" : "Tags");
  queues_[key] = std::move(queue);
  return Dump({{"QueueUrl", UrlOf(request, name)}});
}

std::string QueueService::Delete(const Request& request) {
  Find(request).messages.Close();
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
      // A page's token is returned only if the caller requested pages.
      if (request.body.contains("MaxResults")) answer["NextToken"] = last;
      break;
    }
    urls.push_back(UrlOf(request, name));
    last = name;
  }
  if (!urls.empty()) answer["QueueUrls"] = urls;
  return Dump(answer);
}

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

// All or none: reads every entry before it sends anything.
std::string QueueService::SendBatch(const Request& request) {
  RefuseOthers(request.body, {"QueueUrl", "Entries"});
  Queue& queue = Find(request);
  const Json& entries = RequireEntries(request.body);
  std::vector<std::string> bodies;
  for (const Json& entry : entries) bodies.push_back(RequireBody(entry));
  const auto ids = queue.messages.Send(bodies, seconds(queue.Number("MessageRetentionPeriod")));
  Json successful = Json::array();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    successful.push_back({{"Id", entries[i].at("Id")},
                          {"MessageId", ids[i]},
                          {"MD5OfMessageBody", Md5Hex(bodies[i])}});
  }
  return Dump({{"Successful", successful}});
}

namespace {

Json MessageJson(const MessageQueue::Message& message, const std::set<std::string>& wanted) {
  Json json = {{"MessageId", message.id},
               {"ReceiptHandle", message.receipt},
               {"MD5OfBody", Md5Hex(message.body)},
               {"Body", message.body}};
  const std::pair<const char*, std::int64_t> attributes[] = {
      {"SentTimestamp", message.sent_ms},
      {"ApproximateFirstReceiveTimestamp", message.first_received_ms},
      {"ApproximateReceiveCount", message.receive_count}};
  for (const auto& [name, value] : attributes) {
    if (wanted.contains(name) || wanted.contains("All"))
      json["Attributes"][name] = std::to_string(value);
  }
  return json;
}

}  // namespace

void QueueService::Receive(const Request& request, const Done& done) {
  RefuseOthers(request.body,
               {"QueueUrl", "MaxNumberOfMessages", "WaitTimeSeconds", "VisibilityTimeout",
                "AttributeNames", "MessageSystemAttributeNames", "MessageAttributeNames"});
  Queue& queue = Find(request);
  const std::int64_t most = ReadNumber(request.body, "MaxNumberOfMessages", 1, 1, kMostAtOnce);
  const std::int64_t wait =
      ReadNumber(request.body, "WaitTimeSeconds", queue.Number("ReceiveMessageWaitTimeSeconds"), 0,
                 kLongestWait_s);
  const std::int64_t visibility =
      ReadNumber(request.body, "VisibilityTimeout", queue.Number("VisibilityTimeout"), 0,
                 kLongestVisibility_s);
  std::set<std::string> wanted;
  for (const char* key : {"AttributeNames", "MessageSystemAttributeNames"}) {
    for (const Json& name : request.body.value(key, Json::array()))
      wanted.insert(name.is_string() ? name.get<std::string>() : "");
  }
  queue.messages.Receive(static_cast<std::size_t>(most), seconds(visibility), seconds(wait),
                         [wanted, done](const std::vector<MessageQueue::Message>& messages) {
                           Json answer = Json::object();
                           for (const MessageQueue::Message& message : messages)
                             answer["Messages"].push_back(MessageJson(message, wanted));
                           done(Dump(answer));
                         });
}

namespace {

[[noreturn]] void ThrowReceipt(const std::string& receipt) {
  throw ApiError(
      "ReceiptHandleIsInvalid",
      fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", receipt));
}

}  // namespace

std::string QueueService::DeleteMessages(const Request& request, bool batch) {
  Queue& queue = Find(request);
  if (!batch) {
    const std::string receipt = RequireText(request.body, "ReceiptHandle");
    if (receipt.find('.') == std::string::npos) ThrowReceipt(receipt);
    queue.messages.Delete(receipt);
    return "";
  }
  Json successful = Json::array();
  for (const Json& entry : RequireEntries(request.body)) {
    queue.messages.Delete(RequireText(entry, "ReceiptHandle"));
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
  const auto change = queue.messages.ChangeVisibility(receipt, seconds(timeout));
  if (change == MessageQueue::Change::kUnknownReceipt) ThrowReceipt(receipt);
  if (change == MessageQueue::Change::kNotInFlight) {
    throw ApiError("MessageNotInflight",
                   fmt::format("Value {} for parameter ReceiptHandle is invalid. Reason: Message "
                               "does not exist or is not available for visibility timeout change.",
                               receipt));
  }
  return "";
}

std::string QueueService::GetAttributes(const Request& request) {
  Queue& queue = Find(request);
  const MessageQueue::Counts counts = queue.messages.Count();
  std::map<std::string, std::string> all{
      {"ApproximateNumberOfMessages", std::to_string(counts.visible)},
      {"ApproximateNumberOfMessagesNotVisible", std::to_string(counts.in_flight)},
      {"ApproximateNumberOfMessagesDelayed", "0"},
      {"CreatedTimestamp", std::to_string(queue.created_s)},
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
  Find(request).messages.Purge();
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
