// The error of a failed API call, with EC2's own error codes:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
#pragma once

#include <stdexcept>
#include <string>

namespace localcloud {

// Thrown by any code that refuses a call. The gateway turns it into the error document of the
// call's protocol.
class ApiError : public std::runtime_error {
 public:
  ApiError(std::string code, const std::string& message, int http_status = 400)
      : std::runtime_error(message), code_(std::move(code)), http_status_(http_status) {}

  const std::string& code() const { return code_; }
  int http_status() const { return http_status_; }

 private:
  std::string code_;
  int http_status_;
};

}  // namespace localcloud
