// A signed request to an HTTP server in this process, the same request unsigned, and the hashes of
// a signature alone. libcurl signs inside the exchange (aws/curl_transport.h), so the cost of a
// signature is Sign/Request less Sign/Unsigned.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "aws/curl_transport.h"
#include "aws/query_protocol.h"
#include "bench/measure.h"
#include "tests/support/scripted_http_server.h"

namespace bench {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

std::string DescribeBody() {
  return aws::EncodeQuery("DescribeInstances", "2016-11-15",
                          {{"InstanceId.1", "i-0123456789abcdef0"}, {"MaxResults", "1000"}});
}

void SendRequests(benchmark::State& state, bool is_signed) {
  test_support::ScriptedHttpServer server(
      [](const test_support::ScriptedRequest&) { return test_support::ScriptedAnswer{}; });
  const std::unique_ptr<aws::HttpTransport> transport =
      aws::NewCurlTransport(/*reuse_connections=*/true);
  Measure(state, [&] {
    aws::HttpRequest request;
    request.url = server.url() + "/";
    request.headers = {"Content-Type: application/x-www-form-urlencoded; charset=utf-8"};
    request.body = DescribeBody();
    if (is_signed) {
      request.signing = aws::HttpSigning{
          "ec2",
          "us-west-2",
          {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", ""}};
    }
    aws::HttpExchange exchange;
    if (transport->Send(std::move(request), &exchange).status != 200)
      throw std::runtime_error("the HTTP server refused a request");
  });
}

void SignRequest(benchmark::State& state) { SendRequests(state, true); }
BENCHMARK(SignRequest)->Name("Sign/Request")->UseRealTime()->Unit(benchmark::kMicrosecond);

void SendUnsigned(benchmark::State& state) { SendRequests(state, false); }
BENCHMARK(SendUnsigned)->Name("Sign/Unsigned")->UseRealTime()->Unit(benchmark::kMicrosecond);

Digest Hmac(std::string_view key, std::string_view text) {
  Digest digest{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), nullptr);
  return digest;
}

Digest Sha256(std::string_view text) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

std::string_view View(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// The hashes of Signature Version 4: the body, the canonical request, four for the key, and the
// text to sign. Texts have the lengths that they have in such a request.
void SignFloor(benchmark::State& state) {
  const std::string body = DescribeBody();
  const std::string canonical_request(350, 'c');
  const std::string text_to_sign(140, 's');
  const std::string secret = "AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  Measure(state, [&] {
    Digest digest = Sha256(body);
    digest = Sha256(canonical_request);
    digest = Hmac(secret, "20260101");
    digest = Hmac(View(digest), "us-west-2");
    digest = Hmac(View(digest), "ec2");
    digest = Hmac(View(digest), "aws4_request");
    digest = Hmac(View(digest), text_to_sign);
    benchmark::DoNotOptimize(digest);
  });
}
BENCHMARK(SignFloor)->Name("Sign/Floor")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bench
