// SQS's side of the wire; what it keeps is in queue_service.h.
#pragma once

#include <string>
#include <vector>

#include "localcloud/http/json_service.h"
#include "localcloud/sqs/queue_service.h"

namespace localcloud {

// Speaks JSON 1.0.
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

// SQS's error document.
HttpResponse QueueErrorAnswer(const ApiError& error, const std::string& request_id);

}  // namespace localcloud
