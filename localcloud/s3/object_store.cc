#include "localcloud/s3/object_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <vector>

#include "localcloud/http/api_error.h"
#include "localcloud/http/dates.h"
#include "localcloud/http/digests.h"
#include "localcloud/http/query_parameters.h"
#include "localcloud/http/xml_writer.h"
#include "localcloud/s3/s3_xml.h"

namespace localcloud {
namespace {

// The decoded parts of "/bucket/key/with/slashes".
struct Target {
  std::string bucket;
  std::string key;
};

Target TargetOf(const HttpRequest& request) {
  std::string path = request.path.substr(
      request.path.find_first_not_of('/') == std::string::npos ? request.path.size() : 1);
  // DecodeForm() turns '+' into a space, but in a path '+' is literal.
  std::string plain;
  for (const char c : path) plain += c == '+' ? std::string("%2B") : std::string(1, c);
  const std::string decoded = DecodeForm(plain);
  const std::size_t slash = decoded.find('/');
  if (slash == std::string::npos) return {decoded, ""};
  return {decoded.substr(0, slash), decoded.substr(slash + 1)};
}

// Returns the sub-resources and parameters of the query, with decoded values.
QueryParameters QueryOf(const HttpRequest& request) {
  return QueryParameters::Parse(request.query);
}

bool AsksFor(const HttpRequest& request, const std::string& name) {
  return QueryOf(request).values().contains(name);
}

// Returns true if the query has a sub-resource that is not implemented (acl, policy, uploads, ...).
bool HasForeignSubresource(const HttpRequest& request) {
  static const std::set<std::string> kKnown = {
      "list-type",   "prefix",      "delimiter",     "max-keys",   "continuation-token",
      "start-after", "marker",      "encoding-type", "location",   "versioning",
      "x-id",        "fetch-owner", "bucket-region", "max-buckets"};
  const QueryParameters query = QueryOf(request);
  return std::any_of(query.values().begin(), query.values().end(),
                     [](const auto& entry) { return !kKnown.contains(entry.first); });
}

std::string EtagOf(const std::string& content) { return "\"" + Md5Hex(content) + "\""; }

HttpResponse Empty(int status) { return {status, "application/xml", {}, ""}; }

[[noreturn]] void ThrowNoSuchKey() {
  throw ApiError("NoSuchKey", "The specified key does not exist.", 404);
}

// The range of "bytes=0-99", "bytes=100-" or "bytes=-100". Nothing if there is no Range header.
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;
};
std::optional<Range> ReadRange(const HttpRequest& request, std::size_t size) {
  const std::string_view header = request.header("range");
  if (!header.starts_with("bytes=")) return std::nullopt;
  const std::string_view text = header.substr(6);
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || size == 0) return std::nullopt;
  const auto number = [](std::string_view digits) -> std::optional<std::size_t> {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const auto first = number(text.substr(0, dash));
  const auto last = number(text.substr(dash + 1));
  if (!first && !last) return std::nullopt;
  if (!first) return Range{size - std::min(size, *last), size - 1};
  if (*first >= size) {
    throw ApiError("InvalidRange", "The requested range is not satisfiable", 416);
  }
  return Range{*first, std::min(last.value_or(size - 1), size - 1)};
}

}  // namespace

std::string ObjectStore::OperationOf(const HttpRequest& request) {
  const Target target = TargetOf(request);
  const std::string& method = request.method;
  if (HasForeignSubresource(request)) return "";
  if (target.bucket.empty()) return method == "GET" ? "ListBuckets" : "";
  if (!target.key.empty()) {
    if (method == "PUT") return request.header("x-amz-copy-source").empty() ? "PutObject" : "";
    if (method == "GET") return "GetObject";
    if (method == "HEAD") return "HeadObject";
    return method == "DELETE" ? "DeleteObject" : "";
  }
  if (method == "PUT") return request.query.empty() ? "CreateBucket" : "";
  if (method == "HEAD") return "HeadBucket";
  if (method == "DELETE") return "DeleteBucket";
  if (method != "GET") return "";
  if (AsksFor(request, "location")) return "GetBucketLocation";
  if (AsksFor(request, "versioning")) return "GetBucketVersioning";
  return AsksFor(request, "list-type") ? "ListObjectsV2" : "ListObjects";
}

HttpResponse ObjectStore::Run(const std::string& operation, const HttpRequest& request,
                              const std::string& region) {
  const Target target = TargetOf(request);
  const std::string& bucket = target.bucket;
  if (operation == "ListBuckets") return ListBuckets(request, region);
  CheckRegion(operation, bucket, region);
  if (operation == "CreateBucket") return CreateBucket(bucket, request, region);
  if (operation == "DeleteBucket") return DeleteBucket(bucket);
  if (operation == "PutObject") return PutObject(bucket, target.key, request);
  if (operation == "GetObject" || operation == "HeadObject") {
    return GetObject(bucket, target.key, request);
  }
  if (operation == "DeleteObject") {
    FindBucket(bucket).objects.erase(target.key);
    return Empty(204);
  }
  if (operation == "ListObjectsV2") return ListObjects(bucket, request, true);
  if (operation == "ListObjects") return ListObjects(bucket, request, false);
  if (operation == "HeadBucket") {
    HttpResponse response = Empty(200);
    response.headers = {{"x-amz-bucket-region", FindBucket(bucket).region}};
    return response;
  }
  XmlWriter xml;
  if (operation == "GetBucketLocation") {
    const std::string& where = FindBucket(bucket).region;
    xml.Open("LocationConstraint", kS3Namespace);
    // us-east-1 has no location constraint, for historical reasons.
    if (where != "us-east-1") xml.Raw(where);
    xml.Close("LocationConstraint");
    return S3Answer(xml);
  }
  if (operation == "GetBucketVersioning") {
    FindBucket(bucket);
    xml.Open("VersioningConfiguration", kS3Namespace);
    xml.Close("VersioningConfiguration");
    return S3Answer(xml);
  }
  throw ApiError("NotImplemented",
                 "A header or parameter you provided implies functionality that localcloud does "
                 "not have.",
                 501);
}

HttpResponse ObjectStore::ErrorAnswer(const HttpRequest& request, const std::string& code,
                                      const std::string& message, int http_status,
                                      const std::string& request_id) {
  HttpResponse response = Empty(http_status);
  if (request.method != "HEAD") {
    XmlWriter xml;
    xml.Element("Error", [&] {
      xml.Text("Code", code);
      xml.Text("Message", message);
      xml.Text("Resource", request.path);
      xml.Text("RequestId", request_id);
    });
    response = S3Answer(xml);
    response.status = http_status;
  }
  response.headers = {{"x-amz-request-id", request_id}};
  return response;
}

// A region's endpoint serves only the buckets of that region. The calls that report where a bucket
// is work in every region.
void ObjectStore::CheckRegion(const std::string& operation, const std::string& name,
                              const std::string& region) const {
  for (const char* anywhere : {"CreateBucket", "HeadBucket", "GetBucketLocation"}) {
    if (operation == anywhere) return;
  }
  const auto found = buckets_.find(name);
  if (found == buckets_.end() || found->second.region == region) return;
  throw ApiError("PermanentRedirect",
                 "The bucket you are attempting to access must be addressed using the specified "
                 "endpoint. Please send all future requests to this endpoint.",
                 301);
}

ObjectStore::Bucket& ObjectStore::FindBucket(const std::string& name) {
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    throw ApiError("NoSuchBucket", "The specified bucket does not exist", 404);
  }
  return found->second;
}

std::vector<std::string> ObjectStore::BucketNames() const {
  std::vector<std::string> names;
  for (const auto& [name, bucket] : buckets_) names.push_back(name);
  return names;
}

HttpResponse ObjectStore::CreateBucket(const std::string& name, const HttpRequest& request,
                                       const std::string& region) {
  const bool letters =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
  if (name.size() < 3 || name.size() > 63 || !letters || name.front() == '-' ||
      name.back() == '-') {
    throw ApiError("InvalidBucketName", "The specified bucket is not valid.");
  }
  if (buckets_.contains(name)) {
    throw ApiError("BucketAlreadyOwnedByYou",
                   "Your previous request to create the named bucket succeeded and you already own "
                   "it.",
                   409);
  }
  // The region is the only part of the body that matters here.
  const bool says_region = request.body.find(">" + region + "<") != std::string::npos;
  if (region != "us-east-1" && !says_region) {
    throw ApiError("IllegalLocationConstraintException",
                   "The unspecified location constraint is incompatible for the region specific "
                   "endpoint this request was sent to.");
  }
  buckets_[name] = {region, std::chrono::system_clock::now(), {}};
  HttpResponse response = Empty(200);
  response.headers = {{"Location", "/" + name}};
  return response;
}

HttpResponse ObjectStore::DeleteBucket(const std::string& name) {
  if (!FindBucket(name).objects.empty()) {
    throw ApiError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409);
  }
  buckets_.erase(name);
  return Empty(204);
}

HttpResponse ObjectStore::PutObject(const std::string& name, const std::string& key,
                                    const HttpRequest& request) {
  Bucket& bucket = FindBucket(name);
  const auto existing = bucket.objects.find(key);
  const bool there = existing != bucket.objects.end();
  const std::string_view if_match = request.header("if-match");
  if ((request.header("if-none-match") == "*" && there) ||
      (!if_match.empty() && (!there || existing->second.etag != if_match))) {
    throw ApiError("PreconditionFailed",
                   "At least one of the pre-conditions you specified did not hold", 412);
  }
  Object object;
  object.content = request.body;
  object.etag = EtagOf(request.body);
  object.modified = std::chrono::system_clock::now();
  object.content_type = request.header("content-type");
  if (object.content_type.empty()) object.content_type = "binary/octet-stream";
  for (const auto& [header, value] : request.headers) {
    const std::string lower = ToLower(header);
    if (lower.starts_with("x-amz-meta-") || lower.starts_with("x-amz-checksum-")) {
      object.metadata.emplace_back(lower, value);
    }
  }
  HttpResponse response = Empty(200);
  response.headers = {{"ETag", object.etag}};
  bucket.objects[key] = std::move(object);
  return response;
}

HttpResponse ObjectStore::GetObject(const std::string& name, const std::string& key,
                                    const HttpRequest& request) {
  const Bucket& bucket = FindBucket(name);
  const auto found = bucket.objects.find(key);
  if (found == bucket.objects.end()) ThrowNoSuchKey();
  const Object& object = found->second;
  const auto range = ReadRange(request, object.content.size());
  HttpResponse response;
  response.content_type = object.content_type;
  response.headers = {{"ETag", object.etag},
                      {"Last-Modified", HttpDate(object.modified)},
                      {"Accept-Ranges", "bytes"}};
  const bool checksums = EqualsIgnoreCase(request.header("x-amz-checksum-mode"), "enabled");
  for (const auto& [header, value] : object.metadata) {
    if (header.starts_with("x-amz-meta-") || (checksums && !range)) {
      response.headers.emplace_back(header, value);
    }
  }
  std::string content = object.content;
  if (range) {
    response.status = 206;
    response.headers.emplace_back(
        "Content-Range", fmt::format("bytes {}-{}/{}", range->first, range->last, content.size()));
    content = content.substr(range->first, range->last - range->first + 1);
  }
  if (request.method == "HEAD") {
    response.headers.emplace_back("Content-Length", std::to_string(content.size()));
  } else {
    response.body = std::move(content);
  }
  return response;
}

}  // namespace localcloud
