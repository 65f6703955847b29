// The AWS JSON protocols (SSM, Instance Connect, SQS): their errors. Requests and answers are the
// callers' own.
#pragma once

#include <optional>
#include <string_view>

#include "aws/service_error.h"

namespace aws {

// {"__type": "prefix#Code", "message": ...}, with the spellings that services use. `error_type` is
// the x-amzn-ErrorType header, which counts where the document names no type. Nothing: not an error
// document.
std::optional<ServiceError> ParseJsonError(std::string_view document, std::string_view error_type);

// Whether `document` begins as an object and does not parse: part of an answer.
bool IsCutOffJson(std::string_view document);

}  // namespace aws
