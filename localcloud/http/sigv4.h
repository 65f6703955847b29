// Verifies AWS Signature Version 4, as the AWS General Reference specifies it: the Authorization
// header, and for S3 the query of presigned URLs as well.
// Written apart from any client, so that a client's mistake is found here and not repeated.
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
  std::string session_token;  // empty: a long-lived key, and a request with a token is refused
};

// "20260121/us-west-2/ec2/aws4_request", as signed.
struct CredentialScope {
  std::string access_key_id;
  std::string date;
  std::string region;
  std::string service;
};

// How far a request's clock may be off. From the Signature Version 4 documentation; never scaled.
constexpr std::chrono::minutes kMaxClockSkew{15};

// How long a presigned URL may live. From the S3 API reference, "Authenticating Requests: Using
// Query Parameters"; never scaled.
constexpr std::chrono::seconds kLongestPresigned{604'800};

enum class SignatureVerdict {
  kValid,
  kMissing,       // no Authorization header
  kIncomplete,    // one that cannot be read, or that leaves out what must be signed
  kUnknownKey,    // another access key, or another session token
  kExpired,       // the request's clock is more than kMaxClockSkew off
  kBadSignature,  // the signature, the payload hash or the scope is not this request's
  // Of presigned URLs only:
  kIncompleteQuery,  // a parameter is missing or wrong
  kNotNow,           // the URL has expired, or is not valid yet
  kVersion2,         // signed by Signature Version 2
};

// Returns true if the query authenticates the request, as in a presigned URL of S3, whatever its
// version and even if it is incomplete.
bool IsPresigned(const HttpRequest& request);

// S3 takes its headers (X-Amz-...) from a presigned URL as well. Moves them from the query to the
// headers, and with them what the URL was signed by. Requires: VerifySignature() found it valid.
void TakeHeadersFromQuery(HttpRequest* request);

// Reads the scope of a signature without believing it; nothing where there is none to read.
std::optional<CredentialScope> ReadCredentialScope(const HttpRequest& request);

// The signature as the request has it; empty if there is none to read.
std::string SignatureOf(const HttpRequest& request);

// What signatures are made of: of any text, under the signing key of `scope`, in hexadecimal.
std::string SignText(const AccessKey& key, const CredentialScope& scope, const std::string& text);
std::string Sha256Hex(std::string_view data);
bool EqualInConstantTime(std::string_view a, std::string_view b);

// `reason`, where given, gets one line for a person; it holds no secret.
SignatureVerdict VerifySignature(const HttpRequest& request, const AccessKey& key,
                                 std::chrono::system_clock::time_point now, std::string* reason);

}  // namespace localcloud
