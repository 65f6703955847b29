// The AWS Query protocol (EC2 and STS): form-encoded requests, XML errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/client.h"
#include "aws/service_error.h"

namespace aws {

// Percent-encodes everything but RFC 3986's unreserved characters, as UTF-8 bytes.
std::string PercentEncode(std::string_view text);

// "Action=DescribeRegions&Version=2016-11-15&...", parameters in their order.
std::string EncodeQuery(std::string_view action, std::string_view api_version,
                        const QueryParameters& parameters);

// All forms: EC2's <Response><Errors><Error>, STS's <ErrorResponse><Error> and S3's bare <Error>.
// Nothing: not an error document.
std::optional<ServiceError> ParseXmlError(std::string_view document);

// Whether `document` begins as XML and ends before its first element does: part of an answer. Not
// so for what is no XML, or is HTML (somebody else's error page), and not for an empty one. Looks
// at beginning and end only, so a whole answer costs next to nothing.
bool IsCutOffXml(std::string_view document);

}  // namespace aws
