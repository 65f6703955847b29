#include "aws/sqs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

namespace aws {
namespace {

using nlohmann::json;

// ListQueues returns a NextToken only if the request has MaxResults.
constexpr int kPage = 1000;

[[noreturn]] void ThrowSqsProtocol(std::string_view action, const std::string& message) {
  throw Error({.kind = Error::Kind::kProtocol,
               .action = std::string(action),
               .message = message,
               .http_status = 200});
}

json CallSqs(Client& client, ServiceAction action, const json& request,
             const CallOptions& options) {
  const std::string body = request.dump(-1, ' ', false, json::error_handler_t::replace);
  const std::string text = client.CallJson("AmazonSQS", action.name(), body, options);
  if (text.empty()) return json::object();  // some operations return nothing
  json answer = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object())
    ThrowSqsProtocol(action.name(), "was answered with a document that is no JSON object");
  return answer;
}

std::string TextAt(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Message attributes contain numbers as text.
long long NumberAt(const json& object, const char* key) {
  return std::strtoll(TextAt(object, key).c_str(), nullptr, 10);
}

void ThrowIfOneFailed(const char* action, const json& answer) {
  const auto failed = answer.find("Failed");
  if (failed == answer.end() || !failed->is_array() || failed->empty()) return;
  const json& first = failed->front();
  throw Error({.kind = Error::Kind::kService,
               .action = action,
               .code = TextAt(first, "Code"),
               .message = fmt::format("{} of the entries failed: {}", failed->size(),
                                      TextAt(first, "Message")),
               .http_status = 200});
}

QueueMessage ReadMessage(const json& object) {
  QueueMessage message;
  message.body = TextAt(object, "Body");
  message.receipt_handle = TextAt(object, "ReceiptHandle");
  const json attributes = object.value("Attributes", json::object());
  message.receive_count = static_cast<int>(NumberAt(attributes, "ApproximateReceiveCount"));
  const long long waited = NumberAt(attributes, "ApproximateFirstReceiveTimestamp") -
                           NumberAt(attributes, "SentTimestamp");
  message.waited = std::chrono::milliseconds(std::max(waited, 0LL));
  return message;
}

// The code has one name in the JSON protocol and another in the older Query protocol.
bool IsNoQueue(std::string_view code, std::string_view /*url*/) {
  return code == "QueueDoesNotExist" || code == "AWS.SimpleQueueService.NonExistentQueue";
}

bool IsNameTaken(std::string_view code) {
  return code == "QueueDeletedRecently" || code == "AWS.SimpleQueueService.QueueDeletedRecently";
}

}  // namespace

Sqs::Sqs(std::shared_ptr<Client> client) : client_(std::move(client)), fresh_(&IsNoQueue) {}

std::string Sqs::CreateQueue(const NewQueue& queue, const CallOptions& options) {
  json request = {{"QueueName", queue.name},
                  {"Attributes",
                   {{"VisibilityTimeout", std::to_string(queue.visibility_timeout.count())},
                    {"MessageRetentionPeriod", std::to_string(queue.retention.count())}}}};
  if (!queue.tags.empty()) request["tags"] = queue.tags;
  CallOptions patient = options;
  patient.passing = {.matches = &IsNameTaken, .until = Clock::now() + kNameTaken};
  std::string url = TextAt(CallSqs(*client_, "CreateQueue", request, patient), "QueueUrl");
  if (url.empty()) ThrowSqsProtocol("CreateQueue", "was answered without a queue's URL");
  fresh_.Add(url);
  return url;
}

void Sqs::DeleteQueue(const std::string& url, const CallOptions& options) {
  CallSqs(*client_, "DeleteQueue", {{"QueueUrl", url}}, fresh_.ForRemovalOf(url, options));
}

std::vector<std::string> Sqs::ListQueues(const std::string& prefix, const CallOptions& options) {
  std::vector<std::string> urls;
  std::string next;
  do {
    json request = {{"MaxResults", kPage}};
    if (!prefix.empty()) request["QueueNamePrefix"] = prefix;
    if (!next.empty()) request["NextToken"] = next;
    const json answer = CallSqs(*client_, "ListQueues", request, options);
    for (const json& url : answer.value("QueueUrls", json::array())) {
      if (url.is_string()) urls.push_back(url.get<std::string>());
    }
    next = TextAt(answer, "NextToken");
  } while (!next.empty());
  return urls;
}

void Sqs::SendMessages(const std::string& url, const std::vector<std::string>& bodies,
                       const CallOptions& options) {
  for (std::size_t sent = 0; sent < bodies.size(); sent += kMostAtOnce) {
    json entries = json::array();
    for (std::size_t i = sent; i < std::min(bodies.size(), sent + kMostAtOnce); ++i)
      entries.push_back({{"Id", std::to_string(i)}, {"MessageBody", bodies[i]}});
    ThrowIfOneFailed("SendMessageBatch", CallSqs(*client_, "SendMessageBatch",
                                                 {{"QueueUrl", url}, {"Entries", entries}},
                                                 fresh_.ForUseOf({url}, options)));
  }
}

std::vector<QueueMessage> Sqs::ReceiveMessages(const std::string& url, std::chrono::seconds wait,
                                               const CallOptions& options) {
  const json answer =
      CallSqs(*client_, "ReceiveMessage",
              {{"QueueUrl", url},
               {"MaxNumberOfMessages", kMostAtOnce},
               {"WaitTimeSeconds", std::clamp(wait, std::chrono::seconds(0), kLongestWait).count()},
               {"MessageSystemAttributeNames",
                {"ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SentTimestamp"}}},
              fresh_.ForUseOf({url}, options));
  std::vector<QueueMessage> messages;
  for (const json& object : answer.value("Messages", json::array())) {
    if (object.is_object()) messages.push_back(ReadMessage(object));
  }
  return messages;
}

void Sqs::DeleteMessages(const std::string& url, const std::vector<QueueMessage>& messages,
                         const CallOptions& options) {
  for (std::size_t sent = 0; sent < messages.size(); sent += kMostAtOnce) {
    json entries = json::array();
    for (std::size_t i = sent; i < std::min(messages.size(), sent + kMostAtOnce); ++i)
      entries.push_back({{"Id", std::to_string(i)}, {"ReceiptHandle", messages[i].receipt_handle}});
    ThrowIfOneFailed("DeleteMessageBatch", CallSqs(*client_, "DeleteMessageBatch",
                                                   {{"QueueUrl", url}, {"Entries", entries}},
                                                   fresh_.ForUseOf({url}, options)));
  }
}

std::string QueueNameOf(const std::string& url) { return url.substr(url.rfind('/') + 1); }

}  // namespace aws
