#include "aws/s3.h"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <utility>

#include "aws/query_protocol.h"

namespace aws {
namespace {

constexpr int kBucketsPerPage = 1000;  // S3's limit is 10,000

std::string ObjectPath(const std::string& bucket, const std::string& key) {
  std::string encoded = PercentEncode(key);
  for (auto at = encoded.find("%2F"); at != std::string::npos; at = encoded.find("%2F"))
    encoded.replace(at, 3, "/");
  return "/" + bucket + "/" + encoded;
}

pugi::xml_node ParseAnswer(pugi::xml_document* document, const std::string& text,
                           std::string_view action, const char* root) {
  const bool parsed = document->load_buffer(text.data(), text.size());
  if (!parsed || std::string_view(document->document_element().name()) != root) {
    throw Error({.kind = Error::Kind::kProtocol,
                 .action = std::string(action),
                 .message = fmt::format("was answered with a document that is not <{}>", root),
                 .http_status = 200});
  }
  return document->document_element();
}

}  // namespace

S3::S3(std::shared_ptr<Client> client) : client_(std::move(client)) {}

void S3::CreateBucket(const std::string& bucket, const CallOptions& options) {
  std::string body;
  // us-east-1 is the default, and S3 does not allow to name it.
  if (client_->region() != "us-east-1") {
    body = fmt::format(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
        client_->region());
  }
  try {
    client_->CallRest("CreateBucket", "PUT", "/" + bucket, "", std::move(body), options);
  } catch (const Error& error) {
    if (error.code() != "BucketAlreadyOwnedByYou") throw;
  }
}

void S3::DeleteBucket(const std::string& bucket, const CallOptions& options) {
  client_->CallRest("DeleteBucket", "DELETE", "/" + bucket, "", "", options);
}

std::vector<std::string> S3::ListBuckets(const std::string& prefix, const CallOptions& options) {
  std::vector<std::string> buckets;
  std::string token;
  do {
    const std::string query =
        fmt::format("bucket-region={}&{}max-buckets={}&prefix={}", PercentEncode(client_->region()),
                    token.empty() ? "" : "continuation-token=" + PercentEncode(token) + "&",
                    kBucketsPerPage, PercentEncode(prefix));
    const std::string text = client_->CallRest("ListBuckets", "GET", "/", query, "", options);
    pugi::xml_document document;
    const pugi::xml_node root =
        ParseAnswer(&document, text, "ListBuckets", "ListAllMyBucketsResult");
    for (const pugi::xml_node& bucket : root.child("Buckets").children("Bucket")) {
      // S3-compatible services may ignore parameters that they do not know.
      const std::string_view name = bucket.child_value("Name");
      if (name.starts_with(prefix)) buckets.emplace_back(name);
    }
    token = root.child_value("ContinuationToken");
  } while (!token.empty());
  return buckets;
}

void S3::PutObject(const std::string& bucket, const std::string& key, const std::string& content,
                   const CallOptions& options) {
  client_->CallRest("PutObject", "PUT", ObjectPath(bucket, key), "", content, options);
}

std::string S3::GetObject(const std::string& bucket, const std::string& key,
                          const CallOptions& options) {
  return client_->CallRest("GetObject", "GET", ObjectPath(bucket, key), "", "", options);
}

void S3::DeleteObject(const std::string& bucket, const std::string& key,
                      const CallOptions& options) {
  client_->CallRest("DeleteObject", "DELETE", ObjectPath(bucket, key), "", "", options);
}

std::vector<std::string> S3::ListObjects(const std::string& bucket, const CallOptions& options) {
  std::vector<std::string> keys;
  std::string token;
  do {
    const std::string query =
        (token.empty() ? "" : "continuation-token=" + PercentEncode(token) + "&") + "list-type=2";
    const std::string text =
        client_->CallRest("ListObjectsV2", "GET", "/" + bucket, query, "", options);
    pugi::xml_document document;
    const pugi::xml_node root = ParseAnswer(&document, text, "ListObjectsV2", "ListBucketResult");
    for (const pugi::xml_node& item : root.children("Contents"))
      keys.emplace_back(item.child_value("Key"));
    token = root.child_value("NextContinuationToken");
  } while (!token.empty());
  return keys;
}

}  // namespace aws
