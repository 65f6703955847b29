// A request in the form that Signature Version 4 signs (AWS General Reference, "Create a canonical
// request"), and the text functions that this needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "localcloud/http/http_message.h"

namespace localcloud {

// The query parameter that holds a presigned URL's signature. It is not signed itself.
inline constexpr std::string_view kQuerySignature = "X-Amz-Signature";

std::vector<std::string> Split(std::string_view text, char separator);
// Decodes percent escapes: "%41b+c" becomes "Ab+c". Keeps broken escapes as text.
std::string Unescape(std::string_view text);

using Pairs = std::vector<std::pair<std::string, std::string>>;
// Returns the unescaped names and values, in their order.
Pairs ParseQuery(std::string_view query);
// Returns the first value with that name, if there is one.
std::optional<std::string> Find(const Pairs& pairs, std::string_view name);

// Resolves "." and "..", drops doubled slashes, then encodes each segment a second time: a sent
// "%20" is signed as "%2520". This holds for every service but S3, which signs paths as they are
// sent.
std::string CanonicalPath(std::string_view path);
std::string CanonicalQuery(std::string_view query);
// Appends "name:value
// " for each signed header, in the signed order. Returns false if one was not sent.
bool CanonicalHeaders(const HttpRequest& request, const std::vector<std::string>& signed_headers,
                      std::string* canonical);

}  // namespace localcloud
