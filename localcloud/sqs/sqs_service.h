// The SQS service. queue_service.h keeps its queues.
#pragma once

#include <string>
#include <vector>

#include "localcloud/http/json_service.h"
#include "localcloud/sqs/queue_service.h"

namespace localcloud {

// Implements the JSON 1.0 protocol.
class SqsService : public JsonService {
 public:
  explicit SqsService(QueueService* queues) : JsonService("sqs", {}), queues_(*queues) {}

  static std::vector<std::string> OperationNames();

  void Run(const ServiceCall& call, const Respond& respond) override;
  HttpResponse Refusal(const HttpRequest& request, const ApiError& error,
                       const std::string& request_id) const override;

 private:
  QueueService& queues_;
};

// Returns SQS's error document.
HttpResponse QueueErrorAnswer(const ApiError& error, const std::string& request_id);

}  // namespace localcloud
