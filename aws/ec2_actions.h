// The EC2 operations that this client calls.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace aws {

// Sorted. Every call names one of them (Ec2Action), and the IAM policy allows each of them.
inline constexpr auto kEc2Actions =
    std::to_array<std::string_view>({"AllocateAddress",
                                     "AssociateAddress",
                                     "AssociateRouteTable",
                                     "AttachInternetGateway",
                                     "AuthorizeSecurityGroupIngress",
                                     "CreateImage",
                                     "CreateInternetGateway",
                                     "CreateNetworkInterface",
                                     "CreateRoute",
                                     "CreateRouteTable",
                                     "CreateSecurityGroup",
                                     "CreateSubnet",
                                     "CreateTags",
                                     "CreateVpc",
                                     "DeleteInternetGateway",
                                     "DeleteKeyPair",
                                     "DeleteNetworkInterface",
                                     "DeleteRouteTable",
                                     "DeleteSecurityGroup",
                                     "DeleteSnapshot",
                                     "DeleteSubnet",
                                     "DeleteTags",
                                     "DeleteVolume",
                                     "DeleteVpc",
                                     "DeregisterImage",
                                     "DescribeAddresses",
                                     "DescribeAvailabilityZones",
                                     "DescribeImages",
                                     "DescribeInstanceTypeOfferings",
                                     "DescribeInstanceTypes",
                                     "DescribeInstances",
                                     "DescribeInternetGateways",
                                     "DescribeKeyPairs",
                                     "DescribeNetworkInterfaces",
                                     "DescribeRegions",
                                     "DescribeRouteTables",
                                     "DescribeSecurityGroups",
                                     "DescribeSnapshots",
                                     "DescribeSubnets",
                                     "DescribeVolumes",
                                     "DescribeVpcs",
                                     "DetachInternetGateway",
                                     "DisassociateAddress",
                                     "GetConsoleOutput",
                                     "ImportKeyPair",
                                     "ReleaseAddress",
                                     "RunInstances",
                                     "StartInstances",
                                     "StopInstances",
                                     "TerminateInstances"});

// The name of an operation. A name that is not in kEc2Actions does not compile.
class Ec2Action {
 public:
  constexpr Ec2Action() = default;                       // no operation: an empty name
  consteval Ec2Action(const char* name) : name_(name) {  // implicit, for literals
    if (std::ranges::find(kEc2Actions, name_) == kEc2Actions.end())
      throw "add the operation to kEc2Actions";
  }

  constexpr std::string_view name() const { return name_; }
  constexpr bool empty() const { return name_.empty(); }
  bool operator==(const Ec2Action&) const = default;

 private:
  std::string_view name_;
};

}  // namespace aws
