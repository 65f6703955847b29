#include "localcloud/http/service.h"

namespace localcloud {

void Service::Unwrap(HttpRequest* /*request*/, const AccessKey& /*key*/) const {}

bool Service::Admit(const ServiceCall& /*call*/) { return true; }

HttpResponse Service::BodyTooLarge(const HttpRequest& /*request*/,
                                   const std::string& /*request_id*/) const {
  return {413, "text/plain", {}, "the request is too large\n"};
}

ApiError Service::TooBusy() const {
  return {"RequestLimitExceeded", "Too many large requests at a time; please retry.", 503};
}

HttpResponse XmlAnswer(int http_status, const std::string& body, const std::string& request_id) {
  HttpResponse response;
  response.status = http_status;
  response.content_type = "text/xml;charset=UTF-8";
  response.headers = {{"x-amzn-RequestId", request_id}};
  response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body;
  return response;
}

}  // namespace localcloud
