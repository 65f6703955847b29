// The S3 service. object_store.h keeps its buckets.
#pragma once

#include <string>
#include <vector>

#include "localcloud/http/service.h"
#include "localcloud/s3/object_store.h"

namespace localcloud {

// Implements S3's REST protocol with XML and path-style addresses. Accepts presigned URLs and
// uploads in chunks.
class S3Service : public Service {
 public:
  explicit S3Service(ObjectStore* objects) : objects_(*objects) {}

  static std::vector<std::string> OperationNames();

  bool Recognizes(const HttpRequest& request, const std::string& signed_for) const override;
  std::size_t max_body_bytes() const override { return 64 << 20; }
  void Unwrap(HttpRequest* request, const AccessKey& key) const override;
  std::string OperationOf(const HttpRequest& request) const override;
  void Run(const ServiceCall& call, const Respond& respond) override;
  HttpResponse Refusal(const HttpRequest& request, const ApiError& error,
                       const std::string& request_id) const override;
  HttpResponse BodyTooLarge(const HttpRequest& request,
                            const std::string& request_id) const override;
  ApiError SignatureError(SignatureVerdict verdict, const std::string& reason) const override;
  ApiError ExpiredSession() const override;
  ApiError WrongScope(const HttpRequest& request, const std::string& reason) const override;
  ApiError TooBusy() const override;

 private:
  ObjectStore& objects_;
};

}  // namespace localcloud
