#include "localcloud/s3/object_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ObjectStoreTest : public ::testing::Test {
 protected:
  HttpResponse Send(const std::string& method, const std::string& uri, const std::string& body = "",
                    const HttpHeaders& headers = {}, const std::string& region = "us-east-1") {
    HttpRequest request;
    request.method = method;
    request.path = uri.substr(0, uri.find('?'));
    if (uri.find('?') != std::string::npos) request.query = uri.substr(uri.find('?') + 1);
    request.headers = headers;
    request.body = body;
    return store_.Run(ObjectStore::OperationOf(request), request, region);
  }
  std::string CodeOf(const std::string& method, const std::string& uri,
                     const HttpHeaders& headers = {}, const std::string& region = "us-east-1") {
    try {
      Send(method, uri, "", headers, region);
    } catch (const ApiError& error) {
      return error.code();
    }
    return "none";
  }
  std::vector<std::string> List(const std::string& query, const std::string& xpath) {
    pugi::xml_document document;
    document.load_string(Send("GET", "/bucket?list-type=2&" + query).body.c_str());
    std::vector<std::string> texts;
    for (const auto& node : document.select_nodes(xpath.c_str())) {
      texts.emplace_back(node.node().text().get());
    }
    return texts;
  }
  static std::string HeaderOf(const HttpResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  ObjectStore store_;
};

TEST_F(ObjectStoreTest, ObjectsAreWhatWasPut) {
  Send("PUT", "/bucket");
  const std::string content("a\0b", 3);
  const HttpResponse put = Send("PUT", "/bucket/a%20b%2B+c/d", content,
                                {{"Content-Type", "text/x"}, {"x-amz-meta-run", "r1"}});
  // The MD5 of those three bytes, computed by md5sum.
  EXPECT_EQ(HeaderOf(put, "ETag"), "\"70350f6027bce3713f6b76473084309b\"");
  const HttpResponse got = Send("GET", "/bucket/a%20b%2B%2Bc/d");
  EXPECT_EQ(got.body, content);
  EXPECT_EQ(got.content_type, "text/x");
  EXPECT_EQ(HeaderOf(got, "x-amz-meta-run"), "r1");
  const HttpResponse head = Send("HEAD", "/bucket/a%20b++c/d");
  EXPECT_THAT(head.body, IsEmpty());
  EXPECT_EQ(HeaderOf(head, "Content-Length"), "3");
  const HttpResponse part = Send("GET", "/bucket/a%20b++c/d", "", {{"Range", "bytes=2-9"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "b");
  EXPECT_EQ(HeaderOf(part, "Content-Range"), "bytes 2-2/3");
  EXPECT_EQ(CodeOf("GET", "/bucket/a%20b++c/d", {{"Range", "bytes=3-"}}), "InvalidRange");
  EXPECT_EQ(Send("DELETE", "/bucket/a%20b++c/d").status, 204);
  EXPECT_EQ(CodeOf("GET", "/bucket/a%20b++c/d"), "NoSuchKey");
  EXPECT_EQ(Send("DELETE", "/bucket/a%20b++c/d").status, 204) << "as in S3";
}

TEST_F(ObjectStoreTest, ListsByPrefixGroupAndPage) {
  Send("PUT", "/bucket");
  for (const std::string key : {"a", "d/1", "d/2", "e/1", "z"}) Send("PUT", "/bucket/" + key, "x");
  EXPECT_THAT(List("prefix=d/", "//Contents/Key"), ElementsAre("d/1", "d/2"));
  EXPECT_THAT(List("delimiter=/", "//Contents/Key"), ElementsAre("a", "z"));
  EXPECT_THAT(List("delimiter=/", "//CommonPrefixes/Prefix"), ElementsAre("d/", "e/"));
  std::vector<std::string> all;
  std::string more = "max-keys=2";
  for (int page = 0; page < 5 && !more.empty(); ++page) {
    const std::string query = more + "&delimiter=/";
    for (const auto& key : List(query, "//Contents/Key | //CommonPrefixes/Prefix")) {
      all.push_back(key);
    }
    const auto token = List(query, "//NextContinuationToken");
    more = token.empty() ? "" : "max-keys=2&continuation-token=" + token.front();
  }
  EXPECT_THAT(all, ElementsAre("a", "d/", "z", "e/")) << "two pages, groups after keys in each";
}

// Opaque to clients, which percent-encode it.
TEST_F(ObjectStoreTest, ATokenNamesAKeyThatXmlCannotWrite) {
  Send("PUT", "/bucket");
  for (const std::string key : {"e%00", "e%0E", "f"}) Send("PUT", "/bucket/" + key, "x");
  const std::string page = "max-keys=1&encoding-type=url";
  EXPECT_THAT(List(page, "//NextContinuationToken"), ElementsAre("e%00"));
  EXPECT_THAT(List(page + "&continuation-token=e%2500", "//Contents/Key"), ElementsAre("e%0E"));
}

TEST_F(ObjectStoreTest, PreconditionsMakeALock) {
  Send("PUT", "/bucket");
  EXPECT_EQ(CodeOf("PUT", "/bucket/lock", {{"If-None-Match", "*"}}), "none");
  EXPECT_EQ(CodeOf("PUT", "/bucket/lock", {{"If-None-Match", "*"}}), "PreconditionFailed");
  EXPECT_EQ(CodeOf("PUT", "/bucket/lock", {{"If-Match", "\"other\""}}), "PreconditionFailed");
}

// The requests of `terraform init`, `apply`, and `output` in a second directory, as recorded.
TEST_F(ObjectStoreTest, TerraformKeepsItsState) {
  Send("PUT", "/bucket");
  EXPECT_THAT(List("max-keys=1000&prefix=env%3A%2F", "//Contents/Key"), IsEmpty());
  EXPECT_EQ(CodeOf("HEAD", "/bucket/fleet.tfstate"), "NoSuchKey") << "it takes 404 for no state";
  Send("PUT", "/bucket/fleet.tfstate.tflock?x-id=PutObject", "{}", {{"If-None-Match", "*"}});
  EXPECT_EQ(CodeOf("PUT", "/bucket/fleet.tfstate.tflock?x-id=PutObject", {{"If-None-Match", "*"}}),
            "PreconditionFailed")
      << "somebody else has it";
  Send("PUT", "/bucket/fleet.tfstate?x-id=PutObject", "state",
       {{"Content-Type", "application/json"}, {"x-amz-checksum-sha256", "c3Vt"}});
  EXPECT_EQ(Send("GET", "/bucket/fleet.tfstate.tflock?x-id=GetObject").body, "{}");
  EXPECT_EQ(Send("DELETE", "/bucket/fleet.tfstate.tflock?x-id=DeleteObject").status, 204);
  EXPECT_EQ(HeaderOf(Send("HEAD", "/bucket/fleet.tfstate"), "Content-Length"), "5");
  const HttpResponse state =
      Send("GET", "/bucket/fleet.tfstate?x-id=GetObject", "", {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(state.body, "state");
  EXPECT_EQ(HeaderOf(state, "x-amz-checksum-sha256"), "c3Vt");
}

TEST_F(ObjectStoreTest, BucketsAndWhatIsNotThere) {
  EXPECT_EQ(CodeOf("PUT", "/No"), "InvalidBucketName");
  EXPECT_EQ(CodeOf("PUT", "/bucket/key"), "NoSuchBucket");
  EXPECT_EQ(CodeOf("PUT", "/bucket"), "none");
  EXPECT_EQ(CodeOf("PUT", "/bucket"), "BucketAlreadyOwnedByYou");
  EXPECT_EQ(HeaderOf(Send("HEAD", "/bucket"), "x-amz-bucket-region"), "us-east-1");
  Send("PUT", "/bucket/key", "x");
  EXPECT_EQ(CodeOf("DELETE", "/bucket"), "BucketNotEmpty");
  EXPECT_EQ(CodeOf("POST", "/bucket/key?uploads"), "NotImplemented");
  EXPECT_EQ(CodeOf("GET", "/bucket?acl"), "NotImplemented");
  Send("DELETE", "/bucket/key");
  EXPECT_EQ(CodeOf("DELETE", "/bucket"), "none");
  EXPECT_EQ(CodeOf("HEAD", "/bucket"), "NoSuchBucket");
  EXPECT_THAT(Send("GET", "/").body, HasSubstr("<Buckets></Buckets>"));
}

TEST_F(ObjectStoreTest, ABucketIsServedWhereItIs) {
  Send("PUT", "/west", "<LocationConstraint>us-west-2</LocationConstraint>", {}, "us-west-2");
  for (const auto& [method, uri] :
       {std::pair("GET", "/west?list-type=2"), std::pair("PUT", "/west/a"),
        std::pair("GET", "/west/a"), std::pair("DELETE", "/west")})
    EXPECT_EQ(CodeOf(method, uri), "PermanentRedirect") << method << uri;
  EXPECT_EQ(HeaderOf(Send("HEAD", "/west"), "x-amz-bucket-region"), "us-west-2");
  EXPECT_EQ(CodeOf("DELETE", "/west", {}, "us-west-2"), "none");
}

TEST_F(ObjectStoreTest, BucketsAreListedByPrefixAndRegionAndPageByPage) {
  for (const char* name : {"lb-a", "lb-b", "lb-c", "other"}) Send("PUT", std::string("/") + name);
  Send("PUT", "/lb-west", "<LocationConstraint>us-west-2</LocationConstraint>", {}, "us-west-2");
  const auto names = [&](const std::string& query) {
    pugi::xml_document document;
    document.load_string(Send("GET", "/?" + query).body.c_str());
    std::vector<std::string> texts;
    for (const auto& node : document.select_nodes("//Bucket/Name | /*/ContinuationToken"))
      texts.emplace_back(node.node().text().get());
    return texts;
  };
  EXPECT_THAT(names(""), ElementsAre("lb-a", "lb-b", "lb-c", "lb-west", "other"));
  EXPECT_THAT(names("bucket-region=us-east-1&prefix=lb-"), ElementsAre("lb-a", "lb-b", "lb-c"));
  EXPECT_THAT(names("max-buckets=2&prefix=lb-"), ElementsAre("lb-a", "lb-b", "lb-b"));
  EXPECT_THAT(names("continuation-token=lb-b&max-buckets=2&prefix=lb-"),
              ElementsAre("lb-c", "lb-west"));
  EXPECT_EQ(CodeOf("GET", "/?bucket-region=us-west-2"), "InvalidArgument");
  EXPECT_EQ(CodeOf("GET", "/?max-buckets=0"), "InvalidArgument");
}

}  // namespace
}  // namespace localcloud
