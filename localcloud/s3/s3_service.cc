#include "localcloud/s3/s3_service.h"

#include "localcloud/http/aws_chunked.h"

namespace localcloud {

std::vector<std::string> S3Service::OperationNames() {
  return {"ListBuckets",   "CreateBucket",      "HeadBucket",          "DeleteBucket",
          "ListObjectsV2", "GetBucketLocation", "GetBucketVersioning", "PutObject",
          "GetObject",     "HeadObject",        "DeleteObject",        "ListObjects"};
}

bool S3Service::Recognizes(const HttpRequest& request, const std::string& signed_for) const {
  return signed_for == "s3" || IsPresigned(request);
}

void S3Service::Unwrap(HttpRequest* request, const AccessKey& key) const {
  if (IsPresigned(*request)) {
    TakeHeadersFromQuery(request);
  } else if (IsChunked(*request)) {
    DecodeChunks(request, key);
  }
}

std::string S3Service::OperationOf(const HttpRequest& request) const {
  const std::string operation = ObjectStore::OperationOf(request);
  return operation.empty() ? "S3" : operation;
}

void S3Service::Run(const ServiceCall& call, const Respond& respond) {
  respond(objects_.Run(call.operation, call.request, call.region));
}

HttpResponse S3Service::Refusal(const HttpRequest& request, const ApiError& error,
                                const std::string& request_id) const {
  return ObjectStore::ErrorAnswer(request, error.code(), error.what(), error.http_status(),
                                  request_id);
}

HttpResponse S3Service::BodyTooLarge(const HttpRequest& request,
                                     const std::string& request_id) const {
  return Refusal(request,
                 {"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400},
                 request_id);
}

ApiError S3Service::SignatureError(SignatureVerdict verdict, const std::string& reason) const {
  switch (verdict) {
    case SignatureVerdict::kMissing:
      return {"AccessDenied", "Access Denied", 403};
    case SignatureVerdict::kIncomplete:
      return {"AuthorizationHeaderMalformed", reason, 400};
    case SignatureVerdict::kUnknownKey:
      return {"InvalidAccessKeyId",
              "The AWS Access Key Id you provided does not exist in our records.", 403};
    case SignatureVerdict::kExpired:
      return {"RequestTimeTooSkewed", reason, 403};
    case SignatureVerdict::kIncompleteQuery:
      return {"AuthorizationQueryParametersError", reason, 400};
    case SignatureVerdict::kNotNow:
      return {"AccessDenied", reason, 403};
    case SignatureVerdict::kVersion2:
      return {"InvalidRequest",
              "The authorization mechanism you have provided is not supported. Please use "
              "AWS4-HMAC-SHA256.",
              400};
    default:
      return {"SignatureDoesNotMatch",
              "The request signature we calculated does not match the signature you provided. (" +
                  reason + ")",
              403};
  }
}

ApiError S3Service::ExpiredSession() const {
  return {"ExpiredToken", "The security token included in the request is expired", 403};
}

ApiError S3Service::WrongScope(const HttpRequest& request, const std::string& reason) const {
  return {
      IsPresigned(request) ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed",
      reason, 403};
}

ApiError S3Service::TooBusy() const {
  return {"SlowDown", "Too many large requests at a time; please retry.", 503};
}

}  // namespace localcloud
