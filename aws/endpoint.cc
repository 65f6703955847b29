#include "aws/endpoint.h"

#include <curl/urlapi.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <string_view>

#include "aws/error.h"
#include "aws/iam_policy.h"

namespace aws {
namespace {

struct Suffixes {
  std::string_view partition;
  std::string_view usual;
  std::string_view dual_stack;  // empty: the partition has none
};

// botocore's partitions.json.
constexpr std::array kSuffixes = std::to_array<Suffixes>({
    {"aws", "amazonaws.com", "api.aws"},
    {"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"aws-us-gov", "amazonaws.com", "api.aws"},
    {"aws-iso", "c2s.ic.gov", ""},
    {"aws-iso-b", "sc2s.sgov.gov", ""},
    {"aws-iso-e", "cloud.adc-e.uk", ""},
    {"aws-iso-f", "csp.hci.ic.gov", ""},
    {"aws-eusc", "amazonaws.eu", ""},
});

const Suffixes& SuffixesOf(const std::string& partition) {
  for (const Suffixes& suffixes : kSuffixes) {
    if (suffixes.partition == partition) return suffixes;
  }
  return kSuffixes.front();
}

bool HasPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return false;
  const bool present = *text != '\0' && !(part == CURLUPART_PATH && std::string_view(text) == "/");
  curl_free(text);
  return present;
}

}  // namespace

std::string EndpointOf(const std::string& service, const std::string& region,
                       const EndpointVariant& variant) {
  const std::string partition = PartitionOf(region);
  const Suffixes& suffixes = SuffixesOf(partition);
  const bool is_s3 = service == "s3";
  // GovCloud's usual endpoints are FIPS endpoints. Only S3 has separate names for these.
  const bool is_validated =
      partition == "aws-us-gov" && !is_s3 && service != "ec2-instance-connect";
  const bool dual_stack = variant.dual_stack && !suffixes.dual_stack.empty();
  std::string name = service;
  if (variant.fips && (!is_validated || dual_stack)) name += "-fips";
  // S3 had dual-stack endpoints before AWS introduced names for all services.
  if (dual_stack && is_s3) name += ".dualstack";
  const std::string_view suffix = dual_stack && !is_s3 ? suffixes.dual_stack : suffixes.usual;
  return fmt::format("https://{}.{}.{}", name, region, suffix);
}

std::string CheckedEndpoint(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  const bool usable = (url.starts_with("http://") || url.starts_with("https://")) &&
                      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
                      HasPart(parsed.get(), CURLUPART_HOST);
  bool plain = usable;
  for (const CURLUPart part :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_PATH, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    plain = plain && !HasPart(parsed.get(), part);
  }
  if (!plain) {
    throw Error(
        {.kind = Error::Kind::kTransport,
         .message = "the endpoint URL must have the form http://host:port or https://host"});
  }
  return url;
}

}  // namespace aws
