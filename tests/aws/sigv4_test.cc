// Checks the signatures that are really sent, against AWS's published Signature Version 4 test
// suite ("aws-sig-v4-test-suite": credentials AKIDEXAMPLE, 2015-08-30 12:36:00 UTC, us-east-1,
// service "service").
#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>

#include "aws/curl_transport.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedHttpServer;
using test_support::ScriptedRequest;

struct Vector {
  const char* name;
  HttpRequest::Method method;
  std::vector<std::string> headers;
  std::string body;
  const char* signed_headers;
  const char* signature;
};

void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.name; }

HttpRequest SuiteRequest(const ScriptedHttpServer& server) {
  HttpRequest request;
  request.url = server.url() + "/";
  request.signing = HttpSigning{
      "service", "us-east-1", {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "", ""}};
  return request;
}

std::string Hex(const std::string& bytes) {
  std::string hex;
  for (const unsigned char c : bytes) {
    hex += "0123456789abcdef"[c >> 4];
    hex += "0123456789abcdef"[c & 15];
  }
  return hex;
}

std::string Sha256(const std::string& text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return {reinterpret_cast<char*>(digest), sizeof(digest)};
}

std::string Hmac(const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<char*>(digest), size};
}

std::string Between(const std::string& text, const std::string& before, char after) {
  const std::size_t start = text.find(before) + before.size();
  return text.substr(start, text.find(after, start) - start);
}

// Computes the signature of a received request as the specification defines it.
std::string Signature(const ScriptedRequest& request, const std::string& secret,
                      const std::string& region, const std::string& service) {
  const std::string names = Between(request.headers.at("authorization"), "SignedHeaders=", ',');
  std::string canonical = request.method + "\n" + request.target + "\n\n";
  for (std::size_t start = 0; start <= names.size();) {
    const std::size_t end = std::min(names.find(';', start), names.size());
    const std::string name = names.substr(start, end - start);
    canonical += name + ":" + request.headers.at(name) + "\n";
    start = end + 1;
  }
  canonical += "\n" + names + "\n" + Hex(Sha256(request.body));
  const std::string time = request.headers.at("x-amz-date");
  const std::string day = time.substr(0, 8);
  const std::string scope = day + "/" + region + "/" + service + "/aws4_request";
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + Hex(Sha256(canonical));
  const std::string key =
      Hmac(Hmac(Hmac(Hmac("AWS4" + secret, day), region), service), "aws4_request");
  return Hex(Hmac(key, to_sign));
}

class PublishedVector : public testing::TestWithParam<Vector> {};

TEST_P(PublishedVector, IsReproduced) {
  ScriptedHttpServer server;
  HttpRequest request = SuiteRequest(server);
  request.headers = {"Host: example.amazonaws.com", "X-Amz-Date: 20150830T123600Z"};
  request.headers.insert(request.headers.end(), GetParam().headers.begin(),
                         GetParam().headers.end());
  request.method = GetParam().method;
  request.body = GetParam().body;
  const auto transport = NewCurlTransport(true);
  HttpExchange exchange;
  transport->Send(request, &exchange);

  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0].headers.at("authorization"),
            std::string("AWS4-HMAC-SHA256 "
                        "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                        "SignedHeaders=") +
                GetParam().signed_headers + ", Signature=" + GetParam().signature);
}

// The cases of the suite that libcurl can send. Its POST always has a content type.
const Vector kSent[] = {
    {"get-vanilla",
     HttpRequest::Method::kGet,
     {},
     "",
     "host;x-amz-date",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-header-value-trim",
     HttpRequest::Method::kGet,
     {"My-Header1: value1", R"(My-Header2: "a   b   c")"},
     "",
     "host;my-header1;my-header2;x-amz-date",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-x-www-form-urlencoded",
     HttpRequest::Method::kPost,
     {"Content-Type: application/x-www-form-urlencoded"},
     "Param1=value1",
     "content-type;host;x-amz-date",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"post-x-www-form-urlencoded-parameters",
     HttpRequest::Method::kPost,
     {"Content-Type: application/x-www-form-urlencoded; charset=utf8"},
     "Param1=value1",
     "content-type;host;x-amz-date",
     "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
};

INSTANTIATE_TEST_SUITE_P(Suite, PublishedVector, testing::ValuesIn(kSent), [](const auto& vector) {
  std::string name = vector.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// Checks Signature() itself, with cases of the suite that libcurl cannot send, such as the session
// token.
TEST(ReferenceSignature, MatchesTheSuite) {
  const std::string secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  ScriptedRequest request;
  request.method = "POST";
  request.target = "/";
  request.headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}};
  const auto signature = [&](const std::string& names) {
    request.headers["authorization"] = "SignedHeaders=" + names + ", ";
    return Signature(request, secret, "us-east-1", "service");
  };
  EXPECT_EQ(signature("host;x-amz-date"),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  request.headers["my-header1"] = "VALUE1";
  EXPECT_EQ(signature("host;my-header1;x-amz-date"),
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d");
  request.headers["x-amz-security-token"] =
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSP"
      "fIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT"
      "7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlz"
      "m8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
  EXPECT_EQ(signature("host;x-amz-date;x-amz-security-token"),
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead");
}

// Requests as Client sends them: a port in the host, a session token of realistic length, both
// protocols.
TEST(ClientSignature, CoversTokenTypeAndBody) {
  ScriptedHttpServer server;
  ClientConfig config = ConfigFor(server.url());
  config.credentials.session_token = std::string(1500, 'T') + "/+==";
  Client client(config);
  client.CallQuery("DescribeRegions", "2016-11-15", {{"Filter.1.Name", "a b&c=d/ü"}}, {});
  client.CallJson("AmazonSSM", "GetParameter", R"({"Name":"/aws/service/x"})", {});

  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  for (const ScriptedRequest& request : requests) {
    const std::string authorization = request.headers.at("authorization");
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.headers.at("x-amz-security-token"), config.credentials.session_token);
    EXPECT_NE(authorization.find("x-amz-security-token"), std::string::npos) << authorization;
    EXPECT_NE(authorization.find("content-type;host;x-amz-date"), std::string::npos)
        << authorization;
    EXPECT_EQ(authorization.substr(authorization.find("Signature=") + 10),
              Signature(request, config.credentials.secret_access_key, "us-west-2", "ec2"));
  }
  EXPECT_NE(requests[1].headers.at("authorization").find("x-amz-target"), std::string::npos);
  EXPECT_EQ(requests[1].headers.at("x-amz-target"), "AmazonSSM.GetParameter");
  EXPECT_EQ(requests[1].headers.at("content-type"), "application/x-amz-json-1.1");
}

}  // namespace
}  // namespace aws
