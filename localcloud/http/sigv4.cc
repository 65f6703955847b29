#include "localcloud/http/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <vector>

#include "localcloud/http/canonical_request.h"
#include "localcloud/http/digests.h"
#include "localcloud/loop/hex.h"

namespace localcloud {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kS3 = "s3";
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

using Digest = std::array<unsigned char, 32>;

Digest HmacSha256(const void* key, std::size_t key_size, std::string_view data) {
  Digest digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key, static_cast<int>(key_size),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data(), &size);
  return digest;
}

Digest HmacSha256(const Digest& key, std::string_view data) {
  return HmacSha256(key.data(), key.size(), data);
}

struct Authorization {
  CredentialScope scope;
  std::string scope_text;  // "20260121/us-west-2/ec2/aws4_request"
  std::vector<std::string> signed_headers;
  std::string signed_headers_text;
  std::string signature;
};

// Returns false if `value` does not have the form "AKIA.../20260121/us-west-2/ec2/aws4_request".
bool ReadCredential(const std::string& value, Authorization* result) {
  const std::vector<std::string> parts = Split(value, '/');
  if (parts.size() != 5 || parts[0].empty() || parts[4] != "aws4_request") return false;
  result->scope = {parts[0], parts[1], parts[2], parts[3]};
  result->scope_text = value.substr(parts[0].size() + 1);
  return true;
}

void ReadSignedHeaders(const std::string& value, Authorization* result) {
  result->signed_headers_text = value;
  result->signed_headers = Split(value, ';');
}

std::optional<Authorization> ParseAuthorization(std::string_view header) {
  header = Trim(header);
  if (header.substr(0, kAlgorithm.size()) != kAlgorithm) return std::nullopt;
  header.remove_prefix(kAlgorithm.size());
  Authorization result;
  for (const std::string& part : Split(header, ',')) {
    const std::string_view field = Trim(part);
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = field.substr(0, equals);
    const std::string value(field.substr(equals + 1));
    if (name == "Credential") {
      if (!ReadCredential(value, &result)) return std::nullopt;
    } else if (name == "SignedHeaders") {
      ReadSignedHeaders(value, &result);
    } else if (name == "Signature") {
      result.signature = value;
    } else {
      return std::nullopt;
    }
  }
  const bool complete = !result.scope.access_key_id.empty() && !result.signed_headers.empty() &&
                        !result.signature.empty();
  return complete ? std::optional(result) : std::nullopt;
}

// Parses the query of a presigned URL.
std::optional<Authorization> ParseAuthorization(const Pairs& query) {
  const auto signature = Find(query, kQuerySignature);
  const auto signed_headers = Find(query, "X-Amz-SignedHeaders");
  Authorization result;
  if (Find(query, "X-Amz-Algorithm") != kAlgorithm || !signature || !signed_headers ||
      !ReadCredential(Find(query, "X-Amz-Credential").value_or(""), &result)) {
    return std::nullopt;
  }
  ReadSignedHeaders(*signed_headers, &result);
  result.signature = *signature;
  return result;
}

std::optional<Authorization> ReadAuthorization(const HttpRequest& request) {
  if (IsPresigned(request)) return ParseAuthorization(ParseQuery(request.query));
  return ParseAuthorization(request.header("authorization"));
}

// Times are clamped to 1970..2200. system_clock counts nanoseconds in 64 bits and reaches only from
// 1677 to 2262; any time outside the range is far enough from now.
constexpr std::time_t kYear2200 = 7'258'118'400;

// Parses "20150830T123600Z".
std::optional<std::chrono::system_clock::time_point> ParseBasicTime(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  std::tm parts{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%Y%m%dT%H%M%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::system_clock::from_time_t(
      std::clamp<std::time_t>(timegm(&parts), 0, kYear2200));
}

std::string ExpectedSignature(const Authorization& authorization, const AccessKey& key,
                              std::string_view amz_date, const std::string& canonical_request) {
  return SignText(key, authorization.scope,
                  std::string(kAlgorithm) + "\n" + std::string(amz_date) + "\n" +
                      authorization.scope_text + "\n" + Sha256Hex(canonical_request));
}

bool SignsHeader(const Authorization& authorization, std::string_view name) {
  return std::find(authorization.signed_headers.begin(), authorization.signed_headers.end(),
                   name) != authorization.signed_headers.end();
}

bool IsPresignedByVersion2(const Pairs& query) {
  return Find(query, "AWSAccessKeyId") && Find(query, "Signature") && Find(query, "Expires");
}

bool IsKeyOf(const Authorization& authorization, std::string_view session_token,
             const AccessKey& key, std::string* why) {
  if (authorization.scope.access_key_id != key.access_key_id) {
    *why = "the access key id is unknown";
    return false;
  }
  if (!EqualInConstantTime(Trim(session_token), key.session_token)) {
    *why = "the session token is not this key's";
    return false;
  }
  return true;
}

// The common part of both forms: verifies the hash of the body and the signature of the whole
// request.
SignatureVerdict VerifyRequest(const HttpRequest& request, const AccessKey& key,
                               const Authorization& authorization, const std::string& amz_date,
                               std::string_view claimed_hash, bool unsigned_body,
                               std::string* why) {
  if (authorization.scope.date != amz_date.substr(0, 8)) {
    *why = "the credential's date is not that of X-Amz-Date";
    return SignatureVerdict::kBadSignature;
  }
  const std::string payload_hash =
      unsigned_body ? std::string(claimed_hash) : Sha256Hex(request.body);
  if (!claimed_hash.empty() && claimed_hash != payload_hash) {
    *why = "X-Amz-Content-Sha256 is not the body's hash";
    return SignatureVerdict::kBadSignature;
  }
  std::string headers;
  if (!CanonicalHeaders(request, authorization.signed_headers, &headers)) {
    *why = "a signed header was not sent";
    return SignatureVerdict::kBadSignature;
  }
  // S3 signs paths as they are sent.
  const bool s3 = authorization.scope.service == kS3;
  const std::string canonical_request = request.method + "\n" +
                                        (s3 ? request.path : CanonicalPath(request.path)) + "\n" +
                                        CanonicalQuery(request.query) + "\n" + headers + "\n" +
                                        authorization.signed_headers_text + "\n" + payload_hash;
  if (!EqualInConstantTime(authorization.signature,
                           ExpectedSignature(authorization, key, amz_date, canonical_request))) {
    *why = "the signature is not that of this request and secret key";
    return SignatureVerdict::kBadSignature;
  }
  return SignatureVerdict::kValid;
}

// Returns nothing, and sets `why` in S3's words, if S3 does not allow this lifetime of a URL.
std::optional<std::chrono::seconds> ReadLife(const std::string& text, std::string* why) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = std::string_view(text).substr(negative ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    *why = "X-Amz-Expires should be a number";
    return std::nullopt;
  }
  if (negative) {
    *why = "X-Amz-Expires must be non-negative";
    return std::nullopt;
  }
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc() || std::chrono::seconds(seconds) > kLongestPresigned) {
    *why =
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
        "must be less than 604800 seconds";
    return std::nullopt;
  }
  return std::chrono::seconds(seconds);
}

SignatureVerdict VerifyPresigned(const HttpRequest& request, const AccessKey& key,
                                 std::chrono::system_clock::time_point now, std::string* why) {
  const Pairs query = ParseQuery(request.query);
  if (IsPresignedByVersion2(query)) return SignatureVerdict::kVersion2;
  const auto authorization = ParseAuthorization(query);
  const auto amz_date = Find(query, "X-Amz-Date");
  const auto expires = Find(query, "X-Amz-Expires");
  if (!authorization || !amz_date || !expires) {
    *why =
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
    return SignatureVerdict::kIncompleteQuery;
  }
  const auto signed_at = ParseBasicTime(*amz_date);
  if (!signed_at) {
    *why = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"";
    return SignatureVerdict::kIncompleteQuery;
  }
  if (!SignsHeader(*authorization, "host")) {
    *why = "The host header must be signed";
    return SignatureVerdict::kIncompleteQuery;
  }
  const auto life = ReadLife(*expires, why);
  if (!life) return SignatureVerdict::kIncompleteQuery;
  if (!IsKeyOf(*authorization, Find(query, "X-Amz-Security-Token").value_or(""), key, why)) {
    return SignatureVerdict::kUnknownKey;
  }
  if (*signed_at - now > kMaxClockSkew) {
    *why = "Request is not valid yet";
    return SignatureVerdict::kNotNow;
  }
  if (now > *signed_at + *life) {
    *why = "Request has expired";
    return SignatureVerdict::kNotNow;
  }
  const std::string claimed =
      Find(query, "X-Amz-Content-Sha256")
          .value_or(std::string(Trim(request.header("x-amz-content-sha256"))));
  const bool unsigned_body = claimed.empty() || claimed == kUnsignedPayload;
  return VerifyRequest(request, key, *authorization, *amz_date,
                       unsigned_body ? kUnsignedPayload : claimed, unsigned_body, why);
}

}  // namespace

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string SignText(const AccessKey& key, const CredentialScope& scope, const std::string& text) {
  const std::string start = "AWS4" + key.secret_access_key;
  Digest signing_key = HmacSha256(start.data(), start.size(), scope.date);
  signing_key = HmacSha256(signing_key, scope.region);
  signing_key = HmacSha256(signing_key, scope.service);
  signing_key = HmacSha256(signing_key, "aws4_request");
  return Hex(HmacSha256(signing_key, text));
}

bool IsPresigned(const HttpRequest& request) {
  if (!request.header("authorization").empty() || request.query.empty()) return false;
  const Pairs query = ParseQuery(request.query);
  if (IsPresignedByVersion2(query)) return true;
  if (!Find(query, "X-Amz-Algorithm") && !Find(query, kQuerySignature)) return false;
  Authorization of_other_service;
  return !ReadCredential(Find(query, "X-Amz-Credential").value_or(""), &of_other_service) ||
         of_other_service.scope.service == kS3;
}

void TakeHeadersFromQuery(HttpRequest* request) {
  std::string kept;
  for (const std::string& part : Split(request->query, '&')) {
    if (ToLower(Unescape(part)).starts_with("x-amz-")) continue;
    if (!kept.empty()) kept += '&';
    kept += part;
  }
  for (const auto& [name, value] : ParseQuery(request->query)) {
    if (ToLower(name).starts_with("x-amz-")) request->headers.emplace_back(name, value);
  }
  request->query = kept;
}

std::string SignatureOf(const HttpRequest& request) {
  const auto authorization = ReadAuthorization(request);
  return authorization ? authorization->signature : "";
}

std::optional<CredentialScope> ReadCredentialScope(const HttpRequest& request) {
  const auto authorization = ReadAuthorization(request);
  if (!authorization) return std::nullopt;
  return authorization->scope;
}

SignatureVerdict VerifySignature(const HttpRequest& request, const AccessKey& key,
                                 std::chrono::system_clock::time_point now, std::string* reason) {
  std::string ignored;
  std::string& why = reason != nullptr ? *reason : ignored;
  if (IsPresigned(request)) return VerifyPresigned(request, key, now, &why);
  if (request.header("authorization").empty()) {
    why = "the request has no Authorization header";
    return SignatureVerdict::kMissing;
  }
  const auto authorization = ReadAuthorization(request);
  if (!authorization) {
    why = "the Authorization header is not a complete AWS4-HMAC-SHA256 one";
    return SignatureVerdict::kIncomplete;
  }
  const std::string amz_date(Trim(request.header("x-amz-date")));
  const auto signed_at = ParseBasicTime(amz_date);
  if (!signed_at || !SignsHeader(*authorization, "x-amz-date") ||
      !SignsHeader(*authorization, "host")) {
    why = "host and X-Amz-Date (as 20150830T123600Z) must be sent and signed";
    return SignatureVerdict::kIncomplete;
  }
  if (!IsKeyOf(*authorization, request.header("x-amz-security-token"), key, &why)) {
    return SignatureVerdict::kUnknownKey;
  }
  if (now - *signed_at > kMaxClockSkew || *signed_at - now > kMaxClockSkew) {
    why = "the request was signed at " + amz_date + ", more than 15 minutes from now";
    return SignatureVerdict::kExpired;
  }
  // S3 allows clients to leave the body unsigned.
  const std::string_view claimed_hash = Trim(request.header("x-amz-content-sha256"));
  // Chunks are verified one by one, later (aws_chunked.h).
  const bool unsigned_body =
      authorization->scope.service == kS3 &&
      (claimed_hash == kUnsignedPayload || claimed_hash.starts_with("STREAMING-"));
  return VerifyRequest(request, key, *authorization, amz_date, claimed_hash, unsigned_body, &why);
}

}  // namespace localcloud
