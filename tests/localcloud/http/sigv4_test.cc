// Verifies the examples that AWS publishes: the Signature Version 4 test suite (credentials and
// date below) and the walk-through of an IAM call in the General Reference.
#include "localcloud/http/sigv4.h"

#include <gtest/gtest.h>

#include <ctime>

namespace localcloud {
namespace {

const AccessKey kSuiteKey = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

// 2015-08-30 12:36:00 UTC, the time of the test suite.
std::chrono::system_clock::time_point SuiteTime() {
  return std::chrono::system_clock::from_time_t(1440938160);
}

HttpRequest SuiteRequest(const std::string& method, const std::string& path,
                         const std::string& query, const std::string& signed_headers,
                         const std::string& signature) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  request.query = query;
  request.headers = {
      {"Host", "example.amazonaws.com"},
      {"X-Amz-Date", "20150830T123600Z"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
       "SignedHeaders=" +
           signed_headers + ", Signature=" + signature},
  };
  return request;
}

HttpRequest GetVanilla() {
  return SuiteRequest("GET", "/", "", "host;x-amz-date",
                      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

SignatureVerdict Verify(const HttpRequest& request) {
  std::string reason;
  const SignatureVerdict verdict = VerifySignature(request, kSuiteKey, SuiteTime(), &reason);
  if (verdict != SignatureVerdict::kValid) SCOPED_TRACE(reason);
  return verdict;
}

TEST(SigV4, GetVanilla) { EXPECT_EQ(Verify(GetVanilla()), SignatureVerdict::kValid); }

TEST(SigV4, GetVanillaQueryOrderKeyCase) {
  // Sent unsorted; signed in sorted order.
  EXPECT_EQ(
      Verify(SuiteRequest("GET", "/", "Param2=value2&Param1=value1", "host;x-amz-date",
                          "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")),
      SignatureVerdict::kValid);
}

TEST(SigV4, PostVanilla) {
  EXPECT_EQ(
      Verify(SuiteRequest("POST", "/", "", "host;x-amz-date",
                          "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")),
      SignatureVerdict::kValid);
}

TEST(SigV4, PostFormUrlencoded) {
  HttpRequest request =
      SuiteRequest("POST", "/", "", "content-type;host;x-amz-date",
                   "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body = "Param1=value1";
  EXPECT_EQ(Verify(request), SignatureVerdict::kValid);
}

TEST(SigV4, HeaderValuesAreTrimmed) {
  HttpRequest request =
      SuiteRequest("GET", "/", "", "host;my-header1;my-header2;x-amz-date",
                   "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
  request.headers.emplace_back("My-Header1", " value1");
  request.headers.emplace_back("My-Header2", " \"a   b   c\"");
  EXPECT_EQ(Verify(request), SignatureVerdict::kValid);
}

TEST(SigV4, GeneralReferenceExample) {
  const AccessKey key = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  HttpRequest request;
  request.method = "GET";
  request.path = "/";
  request.query = "Action=ListUsers&Version=2010-05-08";
  request.headers = {
      {"Host", "iam.amazonaws.com"},
      {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
      {"X-Amz-Date", "20150830T123600Z"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-date, "
       "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"}};
  EXPECT_EQ(VerifySignature(request, key, SuiteTime(), nullptr), SignatureVerdict::kValid);
}

TEST(SigV4, TheScopeIsReadWithoutBelief) {
  HttpRequest request = GetVanilla();
  request.body = "changed";
  const auto scope = ReadCredentialScope(request);
  ASSERT_TRUE(scope.has_value());
  EXPECT_EQ(scope->region, "us-east-1");
  EXPECT_EQ(scope->service, "service");
  EXPECT_FALSE(ReadCredentialScope(HttpRequest{}).has_value());
}

TEST(SigV4, WhateverWasSignedMustBeWhatIsSent) {
  HttpRequest request = GetVanilla();
  request.body = "x";
  EXPECT_EQ(Verify(request), SignatureVerdict::kBadSignature);
  request = GetVanilla();
  request.query = "Action=TerminateInstances";
  EXPECT_EQ(Verify(request), SignatureVerdict::kBadSignature);
  request = GetVanilla();
  request.method = "POST";
  EXPECT_EQ(Verify(request), SignatureVerdict::kBadSignature);
  request = GetVanilla();
  request.headers[0].second = "example.com";
  EXPECT_EQ(Verify(request), SignatureVerdict::kBadSignature);
  request = GetVanilla();
  request.headers.erase(request.headers.begin());
  EXPECT_EQ(Verify(request), SignatureVerdict::kBadSignature);
}

TEST(SigV4, AClaimedPayloadHashMustBeTheBodys) {
  HttpRequest request = GetVanilla();
  request.headers.emplace_back("X-Amz-Content-Sha256", std::string(64, '0'));
  EXPECT_EQ(Verify(request), SignatureVerdict::kBadSignature);
  // The hash of the empty body: not signed, but correct.
  request.headers.back().second =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  EXPECT_EQ(Verify(request), SignatureVerdict::kValid);
}

TEST(SigV4, ClocksMayBeFifteenMinutesOff) {
  using std::chrono::minutes;
  using std::chrono::seconds;
  const auto verify_at = [](std::chrono::seconds offset) {
    return VerifySignature(GetVanilla(), kSuiteKey, SuiteTime() + offset, nullptr);
  };
  EXPECT_EQ(verify_at(minutes(15)), SignatureVerdict::kValid);
  EXPECT_EQ(verify_at(-minutes(15)), SignatureVerdict::kValid);
  EXPECT_EQ(verify_at(minutes(15) + seconds(1)), SignatureVerdict::kExpired);
  EXPECT_EQ(verify_at(-minutes(15) - seconds(1)), SignatureVerdict::kExpired);
}

TEST(SigV4, KeysAndTokensMustBeKnown) {
  EXPECT_EQ(VerifySignature(GetVanilla(), {"AKIDOTHER", kSuiteKey.secret_access_key, ""},
                            SuiteTime(), nullptr),
            SignatureVerdict::kUnknownKey);
  EXPECT_EQ(
      VerifySignature(GetVanilla(), {"AKIDEXAMPLE", "another secret", ""}, SuiteTime(), nullptr),
      SignatureVerdict::kBadSignature);
  EXPECT_EQ(VerifySignature(GetVanilla(), {"AKIDEXAMPLE", kSuiteKey.secret_access_key, "token"},
                            SuiteTime(), nullptr),
            SignatureVerdict::kUnknownKey);
  HttpRequest request = GetVanilla();
  request.headers.emplace_back("X-Amz-Security-Token", "token");
  EXPECT_EQ(Verify(request), SignatureVerdict::kUnknownKey);
}

// Any header text must give a verdict, never a crash and never kValid.
TEST(SigV4, MalformedHeaders) {
  HttpRequest request = GetVanilla();
  request.headers.pop_back();
  EXPECT_EQ(Verify(request), SignatureVerdict::kMissing);
  for (const std::string header :
       {"AWS4-HMAC-SHA256", "Basic Zm9v", "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request",
        "AWS4-HMAC-SHA256 Credential=////, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 ,,,=,=",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, "
        "SignedHeaders=;;;, Signature=zz"}) {
    HttpRequest malformed = GetVanilla();
    malformed.headers.back().second = header;
    const SignatureVerdict verdict = Verify(malformed);
    EXPECT_EQ(verdict, SignatureVerdict::kIncomplete) << header;
  }
  for (const std::string date : {"", "20150830", "2015083aT123600Z", "20150830T123600Zx"}) {
    HttpRequest malformed = GetVanilla();
    malformed.headers[1].second = date;
    EXPECT_EQ(Verify(malformed), SignatureVerdict::kIncomplete) << date;
  }
}

// The example in the S3 API reference, "Authenticating Requests: Using Query Parameters".
const AccessKey kExampleKey = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                               ""};

// 2013-05-24 00:00:00 UTC, the time of the example.
std::chrono::system_clock::time_point ExampleTime() {
  return std::chrono::system_clock::from_time_t(1369353600);
}

HttpRequest PresignedGet() {
  HttpRequest request;
  request.method = "GET";
  request.path = "/test.txt";
  request.query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
      "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
      "X-Amz-SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
  request.headers = {{"Host", "examplebucket.s3.amazonaws.com"}};
  return request;
}

SignatureVerdict VerifyUrl(const HttpRequest& request, std::chrono::seconds later = {}) {
  return VerifySignature(request, kExampleKey, ExampleTime() + later, nullptr);
}

TEST(SigV4, PresignedUrl) {
  using std::chrono::seconds;
  EXPECT_EQ(VerifyUrl(PresignedGet()), SignatureVerdict::kValid);
  EXPECT_EQ(ReadCredentialScope(PresignedGet())->region, "us-east-1");
  EXPECT_EQ(VerifyUrl(PresignedGet(), seconds(86400)), SignatureVerdict::kValid);
  EXPECT_EQ(VerifyUrl(PresignedGet(), seconds(86401)), SignatureVerdict::kNotNow);
  EXPECT_EQ(VerifyUrl(PresignedGet(), -seconds(901)), SignatureVerdict::kNotNow);
  HttpRequest of_other_method = PresignedGet();
  of_other_method.method = "HEAD";
  EXPECT_EQ(VerifyUrl(of_other_method), SignatureVerdict::kBadSignature);
  HttpRequest of_other_object = PresignedGet();
  of_other_object.path = "/test.txt2";
  EXPECT_EQ(VerifyUrl(of_other_object), SignatureVerdict::kBadSignature);
  HttpRequest with_more = PresignedGet();
  with_more.query += "&versionId=1";
  EXPECT_EQ(VerifyUrl(with_more), SignatureVerdict::kBadSignature);
  HttpRequest with_token = PresignedGet();
  with_token.query += "&X-Amz-Security-Token=token";
  EXPECT_EQ(VerifyUrl(with_token), SignatureVerdict::kUnknownKey);
}

// Each change makes the example's query incomplete, or its lifetime too long.
TEST(SigV4, MalformedPresignedUrls) {
  const std::pair<std::string, std::string> changes[] = {
      {"AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"},
      {"%2Faws4_request", ""},
      {"X-Amz-Credential=AKIAIOSFODNN7EXAMPLE", "X-Amz-Credential="},
      {"X-Amz-Date=20130524T000000Z", "X-Amz-Date=20130524"},
      {"&X-Amz-Date=20130524T000000Z", ""},
      {"&X-Amz-Expires=86400", ""},
      {"X-Amz-Expires=86400", "X-Amz-Expires=604801"},
      {"X-Amz-Expires=86400", "X-Amz-Expires=99999999999999999999"},
      {"X-Amz-Expires=86400", "X-Amz-Expires=-1"},
      {"X-Amz-Expires=86400", "X-Amz-Expires="},
      {"X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders="},
      {"&X-Amz-SignedHeaders=host", ""},
      {"X-Amz-Signature", "X-Amz-Sig"},
  };
  for (const auto& [from, to] : changes) {
    HttpRequest malformed = PresignedGet();
    malformed.query.replace(malformed.query.find(from), from.size(), to);
    EXPECT_EQ(VerifyUrl(malformed), SignatureVerdict::kIncompleteQuery) << malformed.query;
  }
  HttpRequest longest = PresignedGet();
  longest.query.replace(longest.query.find("86400"), 5, "604800");
  EXPECT_EQ(VerifyUrl(longest), SignatureVerdict::kBadSignature);
  HttpRequest by_version_2 = PresignedGet();
  by_version_2.query = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=abc%3D&Expires=1369440000";
  EXPECT_EQ(VerifyUrl(by_version_2), SignatureVerdict::kVersion2);
}

TEST(SigV4, OnlyS3IsSignedByTheQuery) {
  HttpRequest request = PresignedGet();
  request.query.replace(request.query.find("%2Fs3%2F"), 8, "%2Fec2%2F");
  EXPECT_FALSE(IsPresigned(request));
  EXPECT_FALSE(ReadCredentialScope(request));
  EXPECT_EQ(VerifyUrl(request), SignatureVerdict::kMissing);
}

TEST(SigV4, HeadersInAPresignedUrl) {
  HttpRequest request = PresignedGet();
  request.query += "&x-amz-meta-a=b%20c&x-id=GetObject&prefix=p%2Fq";
  TakeHeadersFromQuery(&request);
  EXPECT_EQ(request.query, "x-id=GetObject&prefix=p%2Fq");
  EXPECT_EQ(request.header("x-amz-meta-a"), "b c");
}

}  // namespace
}  // namespace localcloud
