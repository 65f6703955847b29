// Feeds arbitrary requests to localcloud's S3: each is answered, or refused with one of S3's codes;
// what was put is what is got; and pages of one key list the same as the whole. Requests are
// separated by a byte 0x1e; each is "PUT /bucket/key?query", lines "Header: value", an empty line
// and the body. Run by scripts/fuzz.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/http/api_error.h"
#include "localcloud/s3/object_store.h"

namespace {

using localcloud::HttpRequest;
using localcloud::HttpResponse;
using localcloud::ObjectStore;

void Require(bool condition) {
  if (!condition) std::abort();
}

std::string_view TakeUntil(char end, std::string_view* rest) {
  const std::string_view part = rest->substr(0, rest->find(end));
  rest->remove_prefix(std::min(rest->size(), part.size() + 1));
  return part;
}

HttpRequest ReadRequest(std::string_view text) {
  HttpRequest request;
  std::string_view line = TakeUntil('\n', &text);
  request.method = TakeUntil(' ', &line);
  request.path = TakeUntil('?', &line);
  request.query = line;
  while (!text.empty()) {
    std::string_view header = TakeUntil('\n', &text);
    if (header.empty()) break;
    const std::string name(TakeUntil(':', &header));
    header.remove_prefix(std::min(header.size(), header.find_first_not_of(' ')));
    request.headers.emplace_back(name, header);
  }
  request.body = text;
  return request;
}

// As the gateway does.
HttpResponse Answer(ObjectStore* store, const HttpRequest& request) {
  try {
    return store->Run(ObjectStore::OperationOf(request), request, "us-west-2");
  } catch (const localcloud::ApiError& error) {
    Require(error.http_status() >= 400 && error.http_status() <= 501);
    return ObjectStore::ErrorAnswer(request, error.code(), error.what(), error.http_status(), "id");
  }
}

pugi::xml_document Parse(const HttpResponse& response) {
  pugi::xml_document document;
  Require(static_cast<bool>(document.load_string(response.body.c_str())));
  return document;
}

void CheckGet(ObjectStore* store, const HttpRequest& put) {
  HttpRequest get;
  get.method = "GET";
  get.path = put.path;
  const HttpResponse response = Answer(store, get);
  Require(response.status == 200 && response.body == put.body);
}

std::vector<std::string> Names(const pugi::xml_node& listing) {
  std::vector<std::string> names;
  for (const auto& entry : listing.children("Contents"))
    names.emplace_back(entry.child_value("Key"));
  for (const auto& entry : listing.children("CommonPrefixes"))
    names.emplace_back(entry.child_value("Prefix"));
  return names;
}

// With and without a delimiter.
void CheckPages(ObjectStore* store, const std::string& bucket, const std::string& delimiter) {
  HttpRequest list;
  list.method = "GET";
  list.path = "/" + bucket;
  const std::string all = "list-type=2&encoding-type=url" + delimiter;
  list.query = all;
  std::vector<std::string> whole = Names(Parse(Answer(store, list)).first_child());
  std::vector<std::string> paged;
  bool more = true;
  for (std::string token; more && paged.size() <= whole.size();) {
    list.query = all + "&max-keys=1" + (token.empty() ? "" : "&continuation-token=" + token);
    const auto page = Parse(Answer(store, list));
    for (const std::string& name : Names(page.first_child())) paged.push_back(name);
    more = page.first_child().child("IsTruncated").text().as_bool();
    // Opaque to clients, who encode it.
    token.clear();
    for (const char c : std::string_view(page.first_child().child_value("NextContinuationToken"))) {
      constexpr char kDigits[] = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      token += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  std::ranges::sort(whole);
  std::ranges::sort(paged);
  Require(!more && whole == paged);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ObjectStore store;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const HttpRequest request = ReadRequest(TakeUntil('\x1e', &rest));
    const HttpResponse response = Answer(&store, request);
    if (response.content_type == "application/xml" && !response.body.empty() &&
        response.headers.size() < 2)
      Parse(response);
    if (response.status == 200 && ObjectStore::OperationOf(request) == "PutObject")
      CheckGet(&store, request);
  }
  for (const std::string& bucket : store.BucketNames()) {
    CheckPages(&store, bucket, "");
    CheckPages(&store, bucket, "&delimiter=/");
  }
  return 0;
}
