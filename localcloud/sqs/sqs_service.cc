#include "localcloud/sqs/sqs_service.h"

#include <nlohmann/json.hpp>

namespace localcloud {
namespace {

constexpr char kVersion[] = "1.0";

}  // namespace

std::vector<std::string> SqsService::OperationNames() {
  return {"CreateQueue",
          "GetQueueUrl",
          "ListQueues",
          "DeleteQueue",
          "PurgeQueue",
          "SendMessage",
          "SendMessageBatch",
          "ReceiveMessage",
          "DeleteMessage",
          "DeleteMessageBatch",
          "ChangeMessageVisibility",
          "GetQueueAttributes",
          "SetQueueAttributes",
          "TagQueue",
          "UntagQueue",
          "ListQueueTags"};
}

void SqsService::Run(const ServiceCall& call, const Respond& respond) {
  queues_.Run(call.region, call.operation, call.request.body,
              std::string(call.request.header("host")),
              // Called later if a receive waits.
              [respond, id = call.request_id](const std::string& body) {
                respond(JsonAnswer(kVersion, body, id));
              });
}

HttpResponse SqsService::Refusal(const HttpRequest& /*request*/, const ApiError& error,
                                 const std::string& request_id) const {
  return QueueErrorAnswer(error, request_id);
}

HttpResponse QueueErrorAnswer(const ApiError& error, const std::string& request_id) {
  const nlohmann::json body = {{"__type", "com.amazonaws.sqs#" + error.code()},
                               {"message", error.what()}};
  HttpResponse response = JsonAnswer(
      kVersion, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), request_id);
  response.status = error.http_status();
  response.headers.emplace_back(
      "x-amzn-query-error",
      QueueErrorQueryCode(error.code()) + (error.http_status() < 500 ? ";Sender" : ";Receiver"));
  return response;
}

}  // namespace localcloud
