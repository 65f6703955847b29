// S3 uploads in chunks.
#include "localcloud/http/aws_chunked.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

using ::testing::HasSubstr;

// The example of "Signature Calculations for the Authorization Header: Transferring Payload in
// Multiple Chunks" (Amazon S3 API Reference), with its key, time, chunks and signatures.
const AccessKey kKey{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
constexpr std::size_t kFirstChunk = 65'536;
constexpr std::size_t kSecondChunk = 1024;

HttpRequest Example() {
  HttpRequest request;
  request.method = "PUT";
  request.path = "/examplebucket/chunkObject.txt";
  request.headers = {
      {"Host", "s3.amazonaws.com"},
      {"x-amz-date", "20130524T000000Z"},
      {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
       "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
       "x-amz-decoded-content-length;x-amz-storage-class,"
       "Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"},
      {"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
      {"Content-Encoding", "aws-chunked"},
      {"x-amz-decoded-content-length", "66560"},
      {"Content-Length", "66824"}};
  request.body =
      "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
      std::string(kFirstChunk, 'a') +
      "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
      "\r\n" +
      std::string(kSecondChunk, 'a') +
      "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
      "\r\n\r\n";
  return request;
}

std::string CodeOfRequest(HttpRequest request) {
  try {
    DecodeChunks(&request, kKey);
  } catch (const ApiError& error) {
    return error.code();
  }
  return "none";
}

TEST(AwsChunked, AwssOwnExampleIsDecoded) {
  HttpRequest request = Example();
  EXPECT_EQ(request.body.size(), 66'824u);
  const auto then = std::chrono::system_clock::from_time_t(1369353600);
  std::string reason;
  EXPECT_EQ(VerifySignature(request, kKey, then, &reason), SignatureVerdict::kValid) << reason;
  DecodeChunks(&request, kKey);
  EXPECT_EQ(request.body, std::string(kFirstChunk + kSecondChunk, 'a'));
}

TEST(AwsChunked, EachChunkIsWhatWasSigned) {
  HttpRequest request = Example();
  request.body[200] = 'b';
  EXPECT_EQ(CodeOfRequest(request), "SignatureDoesNotMatch");
  request = Example();
  request.body.replace(request.body.find("0055627c"), 8, "0055627d");
  EXPECT_EQ(CodeOfRequest(request), "SignatureDoesNotMatch");
}

HttpRequest Unsigned(const std::string& body, const std::string& length) {
  HttpRequest request = Example();
  for (auto& [name, value] : request.headers) {
    if (name == "x-amz-content-sha256") value = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    if (name == "x-amz-decoded-content-length") value = length;
  }
  request.body = body;
  return request;
}

// The form that SDKs have sent by default over TLS since 2025.
TEST(AwsChunked, UnsignedChunksWithATrailerAreDecoded) {
  HttpRequest request =
      Unsigned("b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", "11");
  DecodeChunks(&request, kKey);
  EXPECT_EQ(request.body, "hello world");
  EXPECT_EQ(request.header("x-amz-checksum-crc32"), "DUoRhQ==");
}

TEST(AwsChunked, WhatIsBrokenIsRefused) {
  for (const std::string body :
       {"", "b\r\nhello", "zz\r\nhello world\r\n0\r\n\r\n", "ffffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "5\r\nhello world\r\n0\r\n\r\n", "0\r\nno colon\r\n\r\n"}) {
    EXPECT_EQ(CodeOfRequest(Unsigned(body, "11")), "IncompleteBody") << body;
  }
  EXPECT_EQ(CodeOfRequest(Unsigned("5\r\nhello\r\n0\r\n\r\n", "11")), "IncompleteBody")
      << "too short";
}

TEST(AwsChunked, OtherKindsAreRefusedByName) {
  HttpRequest request = Example();
  for (auto& [name, value] : request.headers) {
    if (name == "x-amz-content-sha256") value = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD";
  }
  try {
    DecodeChunks(&request, kKey);
    FAIL() << "decoded";
  } catch (const ApiError& error) {
    EXPECT_EQ(error.code(), "NotImplemented");
    EXPECT_THAT(error.what(), HasSubstr("ECDSA"));
  }
}

}  // namespace
}  // namespace localcloud
