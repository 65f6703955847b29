// Verifies AWS Signature Version 4, as the AWS General Reference specifies it: the Authorization
// header, and for S3 also the query of presigned URLs.
// Written independently of any client, so that a client's mistake is found here and not repeated.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "localcloud/http/http_message.h"

namespace localcloud {

struct AccessKey {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty for a long-lived key: requests with a token are refused
};

// "20260121/us-west-2/ec2/aws4_request", as signed.
struct CredentialScope {
  std::string access_key_id;
  std::string date;
  std::string region;
  std::string service;
};

// The greatest allowed difference between a request's clock and ours. From the Signature Version 4
// documentation; never scaled.
constexpr std::chrono::minutes kMaxClockSkew{15};

// The longest allowed lifetime of a presigned URL. From the S3 API reference, "Authenticating
// Requests: Using Query Parameters"; never scaled.
constexpr std::chrono::seconds kLongestPresigned{604'800};

enum class SignatureVerdict {
  kValid,
  kMissing,       // no Authorization header
  kIncomplete,    // the header is malformed or does not sign enough
  kUnknownKey,    // another access key, or another session token
  kExpired,       // the request's clock is more than kMaxClockSkew off
  kBadSignature,  // the signature, the payload hash or the scope is not this request's
  // Of presigned URLs only:
  kIncompleteQuery,  // a parameter is missing or wrong
  kNotNow,           // the URL has expired, or is not valid yet
  kVersion2,         // signed by Signature Version 2
};

// Returns true if the query authenticates the request, as in a presigned URL of S3. Any version
// counts, and incomplete queries count too.
bool IsPresigned(const HttpRequest& request);

// S3 also accepts its headers (X-Amz-...) in a presigned URL. Moves them, and the parameters of the
// signature, from the query to the headers. Requires: VerifySignature() found the request valid.
void TakeHeadersFromQuery(HttpRequest* request);

// Reads the scope of a signature without verifying it. Returns nothing if it cannot be read.
std::optional<CredentialScope> ReadCredentialScope(const HttpRequest& request);

// Returns the signature in the request, unverified; empty if it cannot be read.
std::string SignatureOf(const HttpRequest& request);

// Signs any text with the signing key of `scope`. Returns hexadecimal text.
std::string SignText(const AccessKey& key, const CredentialScope& scope, const std::string& text);

// Takes the same time wherever the texts differ, so that timing does not reveal a secret.
bool EqualInConstantTime(std::string_view a, std::string_view b);

// If `reason` is not null, sets it to a one-line explanation without secrets.
SignatureVerdict VerifySignature(const HttpRequest& request, const AccessKey& key,
                                 std::chrono::system_clock::time_point now, std::string* reason);

}  // namespace localcloud
