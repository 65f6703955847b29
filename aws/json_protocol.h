// Errors of the AWS JSON protocols (SSM, Instance Connect, SQS). Callers write and read the
// documents of their requests and answers themselves.
#pragma once

#include <optional>
#include <string_view>

#include "aws/service_error.h"

namespace aws {

// Parses {"__type": "prefix#Code", "message": ...}, in all spellings that services use.
// `error_type` is the x-amzn-ErrorType header; it is used if the document names no type. Returns
// nothing if the document is not an error.
std::optional<ServiceError> ParseJsonError(std::string_view document, std::string_view error_type);

// Returns true if `document` begins as an object but does not parse: the answer was cut off.
bool IsCutOffJson(std::string_view document);

}  // namespace aws
