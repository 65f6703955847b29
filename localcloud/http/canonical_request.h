// A request in the form in which Signature Version 4 signs it ("Create a canonical request", AWS
// General Reference), and the text functions that takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "localcloud/http/http_message.h"

namespace localcloud {

// The query parameter that holds a presigned URL's signature, and is not signed itself.
inline constexpr std::string_view kQuerySignature = "X-Amz-Signature";

std::vector<std::string> Split(std::string_view text, char separator);
std::string_view Trim(std::string_view text);
// "%41b+c" is "Ab+c". Broken escapes are kept as text.
std::string Unescape(std::string_view text);

using Pairs = std::vector<std::pair<std::string, std::string>>;
// Names and values in their order, unescaped.
Pairs ParseQuery(std::string_view query);
// The first value of that name; nothing if there is none.
std::optional<std::string> Find(const Pairs& pairs, std::string_view name);

// Resolves "." and ".." and doubled slashes, then encodes each segment a second time: what was sent
// as %20 is signed as %2520 (every service but S3, which signs paths as they are sent).
std::string CanonicalPath(std::string_view path);
std::string CanonicalQuery(std::string_view query);
// "name:value\n" for each signed header, in the signed order. Returns false if one was not sent.
bool CanonicalHeaders(const HttpRequest& request, const std::vector<std::string>& signed_headers,
                      std::string* canonical);

}  // namespace localcloud
