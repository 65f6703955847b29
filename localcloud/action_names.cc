#include "localcloud/action_names.h"

#include <algorithm>

#include "localcloud/ec2/api/api.h"

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

}  // namespace localcloud
