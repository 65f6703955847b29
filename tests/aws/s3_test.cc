#include "aws/s3.h"

#include <gmock/gmock.h>

#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;
using testing::ElementsAre;
using testing::HasSubstr;

ScriptedAnswer Plain(const std::string& body, int status = 200) {
  ScriptedAnswer answer;
  answer.status = status;
  answer.body = body;
  return answer;
}

TEST(S3, ABucketIsMadeInTheRegionAndDeleted) {
  ScriptedHttpServer server({Plain(""), Plain("", 204)});
  S3 s3(ClientFor(server, "s3"));
  s3.CreateBucket("lb-1", {});
  s3.DeleteBucket("lb-1", {});
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].method, "PUT");
  EXPECT_EQ(sent[0].target, "/lb-1");
  EXPECT_THAT(sent[0].body, HasSubstr("<LocationConstraint>us-west-2<"));
  // The signature covers the body's hash, which S3 requires in a header.
  EXPECT_EQ(sent[0].headers.at("x-amz-content-sha256").size(), 64u);
  EXPECT_THAT(sent[0].headers.at("authorization"), HasSubstr("x-amz-content-sha256"));
  EXPECT_EQ(sent[1].method, "DELETE");
  EXPECT_EQ(sent[1].headers.at("x-amz-content-sha256"),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(S3, ObjectsAreWrittenReadAndListedToTheEnd) {
  ScriptedHttpServer server(
      {Plain(""), Plain("content"),
       Plain("<ListBucketResult><Contents><Key>a/b c</Key></Contents>"
             "<NextContinuationToken>t=1</NextContinuationToken></ListBucketResult>"),
       Plain("<ListBucketResult><Contents><Key>d</Key></Contents></ListBucketResult>"),
       Plain("", 204)});
  S3 s3(ClientFor(server, "s3"));
  s3.PutObject("lb-1", "a/b c", "content", {});
  EXPECT_EQ(s3.GetObject("lb-1", "a/b c", {}), "content");
  EXPECT_THAT(s3.ListObjects("lb-1", {}), ElementsAre("a/b c", "d"));
  s3.DeleteObject("lb-1", "d", {});
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].target, "/lb-1/a/b%20c");
  EXPECT_EQ(sent[0].body, "content");
  EXPECT_EQ(sent[3].target, "/lb-1?continuation-token=t%3D1&list-type=2");
}

TEST(S3, ErrorsCarryS3sCode) {
  ScriptedHttpServer server(
      {Plain("<Error><Code>NoSuchBucket</Code><Message>The specified bucket "
             "does not exist</Message><RequestId>r</RequestId></Error>",
             404)});
  const Error error = ErrorOf([&] { S3(ClientFor(server, "s3")).ListObjects("lb-1", {}); });
  EXPECT_EQ(error.code(), "NoSuchBucket");
  EXPECT_EQ(error.request_id(), "r");
}

TEST(S3, BucketsAreListedByPrefixInTheClientsRegion) {
  ScriptedHttpServer server(
      {Plain("<ListAllMyBucketsResult><Buckets><Bucket><Name>lb-1</Name>"
             "</Bucket></Buckets><ContinuationToken>n=1</ContinuationToken>"
             "</ListAllMyBucketsResult>"),
       Plain("<ListAllMyBucketsResult><Buckets><Bucket><Name>lb-2</Name></Bucket>"
             "<Bucket><Name>another</Name></Bucket></Buckets></ListAllMyBucketsResult>")});
  EXPECT_THAT(S3(ClientFor(server, "s3")).ListBuckets("lb-", {}), ElementsAre("lb-1", "lb-2"));
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].target, "/?bucket-region=us-west-2&max-buckets=1000&prefix=lb-");
  EXPECT_EQ(sent[1].target,
            "/?bucket-region=us-west-2&continuation-token=n%3D1&max-buckets=1000&prefix=lb-");
}

}  // namespace
}  // namespace aws
