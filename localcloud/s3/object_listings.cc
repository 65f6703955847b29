// The part of ObjectStore that lists buckets and objects.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

#include "localcloud/http/api_error.h"
#include "localcloud/http/dates.h"
#include "localcloud/http/query_parameters.h"
#include "localcloud/http/xml_writer.h"
#include "localcloud/s3/object_store.h"
#include "localcloud/s3/s3_xml.h"

namespace localcloud {
namespace {

constexpr std::int64_t kMostKeys = 1000;
constexpr std::int64_t kMostBuckets = 10'000;

// Encodes keys for a listing if the client requests it. Clients do, because XML cannot represent
// all keys.
std::string UrlEncoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~' || c == '/';
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

}  // namespace

// S3 API reference, ListBuckets: the answer is paged, and describes its page, only if a parameter
// requests it.
HttpResponse ObjectStore::ListBuckets(const HttpRequest& request, const std::string& region) const {
  const QueryParameters query = QueryParameters::Parse(request.query);
  const std::string prefix = query.Get("prefix");
  const std::string in_region = query.Get("bucket-region");
  const std::string after = query.Get("continuation-token");
  const std::int64_t most = query.GetInt("max-buckets").value_or(kMostBuckets);
  if (most < 1 || most > kMostBuckets)
    throw ApiError("InvalidArgument", "max-buckets must be from 1 to 10000");
  if (!in_region.empty() && in_region != region) {
    throw ApiError("InvalidArgument",
                   "Argument value " + in_region + " is not a valid AWS Region for this endpoint");
  }
  const bool asked = !request.query.empty();
  std::vector<const std::pair<const std::string, Bucket>*> listed;
  std::string next;
  for (const auto& entry : buckets_) {
    const auto& [name, bucket] = entry;
    if (name <= after || !name.starts_with(prefix)) continue;
    if (!in_region.empty() && bucket.region != in_region) continue;
    if (static_cast<std::int64_t>(listed.size()) == most) {
      next = listed.back()->first;
      break;
    }
    listed.push_back(&entry);
  }
  XmlWriter xml;
  xml.Open("ListAllMyBucketsResult", kS3Namespace);
  xml.Element("Owner", [&] { xml.Text("ID", "localcloud"); });
  xml.Element("Buckets", [&] {
    for (const auto* entry : listed) {
      xml.Element("Bucket", [&] {
        xml.Text("Name", entry->first);
        xml.Text("CreationDate", FormatTime(entry->second.created));
        if (asked) xml.Text("BucketRegion", entry->second.region);
      });
    }
  });
  if (!prefix.empty()) xml.Text("Prefix", prefix);
  if (!next.empty()) xml.Text("ContinuationToken", next);
  xml.Close("ListAllMyBucketsResult");
  return S3Answer(xml);
}

HttpResponse ObjectStore::ListObjects(const std::string& name, const HttpRequest& request,
                                      bool v2) {
  const Bucket& bucket = FindBucket(name);
  const QueryParameters query = QueryParameters::Parse(request.query);
  const std::string prefix = query.Get("prefix");
  const std::string delimiter = query.Get("delimiter");
  const std::string token = DecodeForm(query.Get("continuation-token"));
  const std::string after =
      v2 ? (token.empty() ? query.Get("start-after") : token) : query.Get("marker");
  const std::int64_t most =
      std::clamp<std::int64_t>(query.GetInt("max-keys").value_or(kMostKeys), 0, kMostKeys);
  const bool encode = query.Get("encoding-type") == "url";
  const auto text = [encode](const std::string& key) { return encode ? UrlEncoded(key) : key; };

  // Keys in order. A group of keys with a common prefix counts as one entry.
  std::vector<const std::pair<const std::string, Object>*> keys;
  std::set<std::string> groups;
  std::string last;
  bool truncated = false;
  for (const auto& entry : bucket.objects) {
    const std::string& key = entry.first;
    if (!key.starts_with(prefix) || key <= after) continue;
    const std::size_t end =
        delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
    const std::string group = end == std::string::npos ? "" : key.substr(0, end + delimiter.size());
    if (!group.empty() && (groups.contains(group) || after.starts_with(group))) {
      last = key;
      continue;
    }
    if (static_cast<std::int64_t>(keys.size() + groups.size()) >= most) {
      truncated = true;
      break;
    }
    last = key;
    if (group.empty()) {
      keys.push_back(&entry);
    } else {
      groups.insert(group);
    }
  }

  XmlWriter xml;
  xml.Open("ListBucketResult", kS3Namespace);
  xml.Text("Name", name);
  xml.Text("Prefix", text(prefix));
  if (!delimiter.empty()) xml.Text("Delimiter", text(delimiter));
  if (encode) xml.Text("EncodingType", "url");
  xml.Number("MaxKeys", most);
  xml.Bool("IsTruncated", truncated);
  if (v2) xml.Number("KeyCount", static_cast<std::int64_t>(keys.size() + groups.size()));
  // Tokens are encoded even if the client did not request it, because XML cannot represent every
  // key.
  if (truncated && v2) xml.Text("NextContinuationToken", UrlEncoded(last));
  if (truncated && !v2) xml.Text("NextMarker", text(last));
  for (const auto* entry : keys) {
    xml.Element("Contents", [&] {
      xml.Text("Key", text(entry->first));
      xml.Text("LastModified", FormatTime(entry->second.modified));
      xml.Text("ETag", entry->second.etag);
      xml.Number("Size", static_cast<std::int64_t>(entry->second.content.size()));
      xml.Text("StorageClass", "STANDARD");
    });
  }
  for (const std::string& group : groups) {
    xml.Element("CommonPrefixes", [&] { xml.Text("Prefix", text(group)); });
  }
  xml.Close("ListBucketResult");
  return S3Answer(xml);
}

}  // namespace localcloud
