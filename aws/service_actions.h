// The operations of other services than EC2 that this client calls.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace aws {

struct ServicePermission {
  std::string_view operation;
  std::string_view permission;  // its name in an IAM policy ("Service Authorization Reference")
};

// Sorted. Every call names one of them (ServiceAction), and the IAM policy allows each of them.
inline constexpr auto kServiceActions = std::to_array<ServicePermission>(
    {{"CreateBucket", "s3:CreateBucket"},
     {"CreateQueue", "sqs:CreateQueue"},
     {"DeleteBucket", "s3:DeleteBucket"},
     {"DeleteMessageBatch", "sqs:DeleteMessage"},
     {"DeleteObject", "s3:DeleteObject"},
     {"DeleteQueue", "sqs:DeleteQueue"},
     {"GetCallerIdentity", "sts:GetCallerIdentity"},
     {"GetObject", "s3:GetObject"},
     {"GetParameter", "ssm:GetParameter"},
     {"GetServiceQuota", "servicequotas:GetServiceQuota"},
     {"ListBuckets", "s3:ListAllMyBuckets"},
     {"ListObjectsV2", "s3:ListBucket"},
     {"ListQueues", "sqs:ListQueues"},
     {"PutObject", "s3:PutObject"},
     {"ReceiveMessage", "sqs:ReceiveMessage"},
     {"SendMessageBatch", "sqs:SendMessage"},
     {"SendSSHPublicKey", "ec2-instance-connect:SendSSHPublicKey"}});

// The name of an operation. A name that is not in kServiceActions does not compile.
class ServiceAction {
 public:
  consteval ServiceAction(const char* name) : name_(name) {  // implicit, for literals
    const std::string_view wanted = name;
    if (std::ranges::none_of(kServiceActions, [wanted](const ServicePermission& row) {
          return row.operation == wanted;
        }))
      throw "add the operation to kServiceActions";
  }

  constexpr std::string_view name() const { return name_; }

 private:
  std::string_view name_;
};

}  // namespace aws
