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

// Returns "Action=DescribeRegions&Version=2016-11-15&...", with the parameters in their order.
std::string EncodeQuery(std::string_view action, std::string_view api_version,
                        const QueryParameters& parameters);

// Parses EC2's <Response><Errors><Error>, STS's <ErrorResponse><Error> and S3's bare <Error>.
// Returns nothing if the document is not an error.
std::optional<ServiceError> ParseXmlError(std::string_view document);

// Returns true if `document` begins as XML and ends before its first element does: the answer was
// cut off. Returns false for an empty document, for HTML (an error page of a proxy) and for
// anything else that is not XML. Looks only at the beginning and the end, so it is cheap.
bool IsCutOffXml(std::string_view document);

}  // namespace aws
