#include "localcloud/action_names.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "localcloud/api.h"

namespace localcloud {
namespace {

// Beside EC2's, which have a table: S3's, SQS's, and those of SSM, Service Quotas, Instance
// Connect and STS.
constexpr const char* kOthers[] = {
    "ListBuckets", "CreateBucket", "HeadBucket", "DeleteBucket", "GetBucketLocation",
    "GetBucketVersioning", "PutObject", "GetObject", "HeadObject", "DeleteObject", "ListObjects",
    "ListObjectsV2",
    //
    "CreateQueue", "GetQueueUrl", "ListQueues", "DeleteQueue", "PurgeQueue", "SendMessage",
    "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch",
    "ChangeMessageVisibility", "GetQueueAttributes", "SetQueueAttributes", "TagQueue", "UntagQueue",
    "ListQueueTags",
    //
    "GetParameter", "GetParameters", "GetServiceQuota", "SendSSHPublicKey", "GetCallerIdentity",
    "GetSessionToken"};

bool SameLetter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// Levenshtein's: the fewest letters to insert, remove or replace.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (SameLetter(a[i - 1], b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

const std::vector<std::string>& ActionNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all(std::begin(kOthers), std::end(kOthers));
    for (const auto& [name, action] : AllActions()) all.push_back(name);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }();
  return names;
}

const std::string& NearestActionName(std::string_view name) {
  return *std::min_element(ActionNames().begin(), ActionNames().end(),
                           [name](const std::string& a, const std::string& b) {
                             return Distance(name, a) < Distance(name, b);
                           });
}

}  // namespace localcloud
