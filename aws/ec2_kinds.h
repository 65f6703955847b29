// The kinds of EC2 resources that runs make: what EC2 and IAM call them, and which operations make,
// list and remove them.
#pragma once

#include <array>
#include <string_view>

#include "aws/ec2_actions.h"

namespace aws {

struct Ec2Kind {
  std::string_view name;  // as in messages, journals and ledgers
  std::string_view type;  // as in ARNs and in tag specifications
  // Several kinds may share it: one call makes an image and its snapshots.
  Ec2Action create;
  Ec2Action describe;
  Ec2Action remove;
  // Further operations that set one up or take it apart, or that remove what came with it. Unused
  // places are empty.
  std::array<Ec2Action, 2> further{};
};

// The IAM policy lists the types in this order. How the kinds are removed, and in which order, is
// in fixtures/leftovers/resource_kinds.cc, which has a row for each of them.
inline constexpr auto kEc2Kinds = std::to_array<Ec2Kind>({
    {"instance",
     "instance",
     "RunInstances",
     "DescribeInstances",
     "TerminateInstances",
     {"DeleteVolume"}},
    {"volume", "volume", "RunInstances", "DescribeVolumes", "DeleteVolume"},
    {"address",
     "elastic-ip",
     "AllocateAddress",
     "DescribeAddresses",
     "ReleaseAddress",
     {"AssociateAddress", "DisassociateAddress"}},
    {"image", "image", "CreateImage", "DescribeImages", "DeregisterImage", {"DeleteSnapshot"}},
    {"snapshot", "snapshot", "CreateImage", "DescribeSnapshots", "DeleteSnapshot"},
    {"interface", "network-interface", "CreateNetworkInterface", "DescribeNetworkInterfaces",
     "DeleteNetworkInterface"},
    {"security group",
     "security-group",
     "CreateSecurityGroup",
     "DescribeSecurityGroups",
     "DeleteSecurityGroup",
     {"AuthorizeSecurityGroupIngress"}},
    {"key pair", "key-pair", "ImportKeyPair", "DescribeKeyPairs", "DeleteKeyPair"},
    {"gateway",
     "internet-gateway",
     "CreateInternetGateway",
     "DescribeInternetGateways",
     "DeleteInternetGateway",
     {"AttachInternetGateway", "DetachInternetGateway"}},
    {"route table",
     "route-table",
     "CreateRouteTable",
     "DescribeRouteTables",
     "DeleteRouteTable",
     {"CreateRoute", "AssociateRouteTable"}},
    {"subnet", "subnet", "CreateSubnet", "DescribeSubnets", "DeleteSubnet"},
    {"VPC", "vpc", "CreateVpc", "DescribeVpcs", "DeleteVpc"},
});

// Returns the row of this name; nullptr if there is none.
constexpr const Ec2Kind* FindEc2Kind(std::string_view name) {
  const auto* const found = std::ranges::find(kEc2Kinds, name, &Ec2Kind::name);
  return found == kEc2Kinds.end() ? nullptr : found;
}

}  // namespace aws
