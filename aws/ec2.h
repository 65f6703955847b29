// Typed EC2 operations: the part of the API that launching, preparing and cleaning up need. Field
// names follow the EC2 API reference. Sizes are in GiB. Every operation throws Error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"
#include "aws/fresh_ids.h"

namespace aws {

struct Tag {
  std::string key;
  std::string value;
};

// {"tag:launch-bench:run", {"r-1"}}. One of the values must match, and all filters must hold.
// Values match exactly: EC2's wildcards are escaped when the request is written.
struct Filter {
  std::string name;
  std::vector<std::string> values;
};

struct BlockDevice {
  std::string device_name = "/dev/xvda";
  std::int64_t volume_gib = 0;  // 0: the image's own
  std::string volume_type;      // "gp3"; empty: the image's own
  bool encrypted = false;
};

struct RunInstancesRequest {
  std::string client_token;  // required: makes the call idempotent
  std::string image_id;
  std::string instance_type;
  int min_count = 1;
  int max_count = 1;
  std::string subnet_id;
  std::vector<std::string> security_group_ids;
  std::string key_name;
  std::string user_data;  // not encoded: RunInstances() does that
  std::string iam_instance_profile;
  std::optional<BlockDevice> root_volume;
  // If set, attached as device 0. Requires: subnet_id and security_group_ids are empty then.
  std::string network_interface_id;
  bool associate_public_ipv4 = false;
  bool assign_ipv6 = false;
  bool hibernation = false;
  bool spot = false;
  bool terminate_on_shutdown = true;  // InstanceInitiatedShutdownBehavior=terminate
  // EC2 creates the instance, its volumes and its interface with these tags.
  std::vector<Tag> tags;
};

struct Instance {
  std::string instance_id;
  std::string state;  // "pending", "running", "shutting-down", "terminated", "stopping", "stopped"
  std::string image_id;
  std::string instance_type;
  std::string availability_zone;
  std::string subnet_id;
  std::string vpc_id;
  std::string public_ip;  // empty: none, or none yet
  std::string private_ip;
  std::string ipv6;
  std::string client_token;
  bool spot = false;
  std::string state_reason;  // "Server.InsufficientInstanceCapacity: ..."; mostly empty
  std::string root_device_name;
  std::string launch_time;  // of its last start, ISO 8601; empty: the answer has none
  std::vector<std::string> volume_ids;
  std::vector<std::string> network_interface_ids;
  std::vector<Tag> tags;
};

struct SecurityGroup {
  std::string group_id;
  std::string group_name;
  std::string vpc_id;
  std::vector<Tag> tags;
};

struct KeyPair {
  std::string key_name;
  std::string key_pair_id;
  std::string create_time;  // ISO 8601; empty: the answer has none
  std::vector<Tag> tags;
};

struct Subnet {
  std::string subnet_id;
  std::string vpc_id;
  std::string availability_zone;
  bool default_for_az = false;
  bool map_public_ip_on_launch = false;
  std::vector<Tag> tags;
  std::string ipv6_cidr = {};  // the first associated one; empty: IPv4 only
};

struct Vpc {
  std::string vpc_id;
  std::string state;  // "pending", "available"
  std::vector<Tag> tags;
  std::vector<std::string> cidrs = {};  // all associated ones of IPv4
};

struct InternetGateway {
  std::string internet_gateway_id;
  std::string attached_vpc_id;  // empty: not attached
  std::vector<Tag> tags;
};

struct RouteTable {
  std::string route_table_id;
  std::string vpc_id;
  // True: the main route table of its VPC. It serves subnets without a route table of their own,
  // and is deleted with the VPC.
  bool main = false;
  std::vector<Tag> tags;
};

struct Image {
  std::string image_id;
  std::string name;
  std::string state;         // "pending", "available", "failed"
  std::string architecture;  // "x86_64", "arm64"
  std::string root_device_name;
  std::int64_t root_volume_gib = 0;
  std::vector<std::string> snapshot_ids;
  std::string creation_date;  // ISO 8601
  std::vector<Tag> tags;
};

struct Snapshot {
  std::string snapshot_id;
  std::string state;
  std::string start_time;  // ISO 8601
  std::vector<Tag> tags;
};

struct Volume {
  std::string volume_id;
  std::string state;        // "available", "in-use", ...
  std::string create_time;  // as EC2 sends it
  std::vector<Tag> tags;
};

struct NetworkInterface {
  std::string network_interface_id;
  std::string status;  // "available", "in-use", ...
  std::string subnet_id;
  std::string availability_zone;
  std::string private_ip;
  std::string public_ip;  // the associated address; empty: none
  std::vector<Tag> tags;
};

struct Address {
  std::string allocation_id;
  std::string association_id;  // empty: not associated
  std::string public_ip;
  std::string network_interface_id;
  std::string instance_id;
  std::vector<Tag> tags;
};

struct InstanceTypeInfo {
  std::string instance_type;
  // The supported architecture for which Amazon Linux has images, "x86_64" or "arm64". (Older types
  // list i386 before it.) If there is none, the first one in the list.
  std::string architecture;
  int vcpus = 0;
  std::int64_t memory_mib = 0;
  bool hibernation_supported = false;
};

struct InstanceTypeOffering {
  std::string instance_type;
  std::string zone_name;
};

struct AvailabilityZone {
  std::string zone_name;
  std::string state;  // "available"
};

struct StateChange {
  std::string instance_id;
  std::string previous_state;
  std::string current_state;
};

// A thin typed layer over Client. Thread-safe. Shares the client.
//
// Create calls are idempotent as far as EC2 allows. RunInstances and CreateNetworkInterface carry a
// client token. AllocateAddress is not repeated if its answer was lost. If EC2 answers another
// create call with "Duplicate", the call returns the resource of the same name and tags: an attempt
// whose answer was lost has made it. Deleting what does not exist throws EC2's ...NotFound.
//
// Parts of EC2 may not know a new resource yet. If a call fails with ...NotFound for an id that
// this object has just created, it is repeated (FreshIds). For other ids the error is thrown at
// once. TerminateInstances also throws it at once: its callers describe the machine to see what
// became of it.
//
// Describe calls follow NextToken to the end. Pass a filter if there is one: unfiltered calls share
// a small token bucket at EC2. A call with a filter never fails because of a resource that is not
// visible yet.
class Ec2 {
 public:
  explicit Ec2(std::shared_ptr<Client> client);

  Client& client() const { return *client_; }

  std::vector<Instance> RunInstances(const RunInstancesRequest& request,
                                     const CallOptions& options);
  std::vector<Instance> DescribeInstances(const std::vector<Filter>& filters,
                                          const CallOptions& options);
  std::vector<StateChange> StartInstances(const std::vector<std::string>& instance_ids,
                                          const CallOptions& options);
  std::vector<StateChange> StopInstances(const std::vector<std::string>& instance_ids,
                                         bool hibernate, const CallOptions& options);
  std::vector<StateChange> TerminateInstances(const std::vector<std::string>& instance_ids,
                                              const CallOptions& options);

  // Returns the bytes that the machine has written to its serial console, the last 64 KiB at most.
  // Returns "" if there are none yet. A machine that is not built on Nitro shows only the text of
  // its last boot, minutes later. EC2 keeps the text for about an hour after a machine's end.
  std::string GetConsoleOutput(const std::string& instance_id, const CallOptions& options);

  // Returns the group id.
  std::string CreateSecurityGroup(const std::string& name, const std::string& description,
                                  const std::string& vpc_id, const std::vector<Tag>& tags,
                                  const CallOptions& options);
  // Idempotent.
  void AuthorizeSecurityGroupIngress(const std::string& group_id, std::uint16_t tcp_port,
                                     const std::string& cidr, const CallOptions& options);
  // Admits members of `source_group_id`, by their private addresses. Idempotent.
  void AuthorizeSecurityGroupIngressFrom(const std::string& group_id, std::uint16_t tcp_port,
                                         const std::string& source_group_id,
                                         const CallOptions& options);
  std::vector<SecurityGroup> DescribeSecurityGroups(const std::vector<Filter>& filters,
                                                    const CallOptions& options);
  void DeleteSecurityGroup(const std::string& group_id, const CallOptions& options);

  // `public_key_line` has OpenSSH's format: "ssh-ed25519 AAAA...". Returns the key pair id.
  std::string ImportKeyPair(const std::string& key_name, const std::string& public_key_line,
                            const std::vector<Tag>& tags, const CallOptions& options);
  std::vector<KeyPair> DescribeKeyPairs(const std::vector<Filter>& filters,
                                        const CallOptions& options);
  void DeleteKeyPair(const std::string& key_name, const CallOptions& options);

  std::vector<Subnet> DescribeSubnets(const std::vector<Filter>& filters,
                                      const CallOptions& options);
  std::vector<AvailabilityZone> DescribeAvailabilityZones(const CallOptions& options);
  std::vector<std::string> DescribeRegions(const CallOptions& options);
  std::vector<InstanceTypeInfo> DescribeInstanceTypes(const std::vector<std::string>& types,
                                                      const CallOptions& options);

  // Returns the zones of the region that offer these types, in no particular order. If `types` is
  // empty, returns the zones of all types.
  std::vector<InstanceTypeOffering> DescribeInstanceTypeOfferings(
      const std::vector<std::string>& types, const CallOptions& options);

  // Returns the account's own images. (Without an owner EC2 would go through all public images and
  // filter page by page. That takes minutes and misses matches.)
  std::vector<Image> DescribeImages(const std::vector<Filter>& filters, const CallOptions& options);
  // Returns an image of any owner, deprecated or not. Returns nothing if there is no image of this
  // id, or the account may not use it.
  std::optional<Image> DescribeImageById(const std::string& image_id, const CallOptions& options);
  // Returns the image id. The tags go on the image and its snapshots.
  std::string CreateImage(const std::string& instance_id, const std::string& name,
                          const std::vector<Tag>& tags, const CallOptions& options);
  void DeregisterImage(const std::string& image_id, const CallOptions& options);
  // Returns the account's own snapshots.
  std::vector<Snapshot> DescribeSnapshots(const std::vector<Filter>& filters,
                                          const CallOptions& options);
  void DeleteSnapshot(const std::string& snapshot_id, const CallOptions& options);
  std::vector<Volume> DescribeVolumes(const std::vector<Filter>& filters,
                                      const CallOptions& options);
  void DeleteVolume(const std::string& volume_id, const CallOptions& options);

  NetworkInterface CreateNetworkInterface(const std::string& subnet_id,
                                          const std::vector<std::string>& group_ids,
                                          const std::string& client_token,
                                          const std::vector<Tag>& tags, const CallOptions& options);
  std::vector<NetworkInterface> DescribeNetworkInterfaces(const std::vector<Filter>& filters,
                                                          const CallOptions& options);
  void DeleteNetworkInterface(const std::string& network_interface_id, const CallOptions& options);
  Address AllocateAddress(const std::vector<Tag>& tags, const CallOptions& options);
  // Returns the association id.
  std::string AssociateAddress(const std::string& allocation_id,
                               const std::string& network_interface_id, const CallOptions& options);
  void DisassociateAddress(const std::string& association_id, const CallOptions& options);
  std::vector<Address> DescribeAddresses(const std::vector<Filter>& filters,
                                         const CallOptions& options);
  void ReleaseAddress(const std::string& allocation_id, const CallOptions& options);

  // Networks. The calls that create VPC, subnet, gateway and route table have no idempotency token:
  // they are not repeated if the answer was lost.

  // Returns the VPC's id.
  std::string CreateVpc(const std::string& cidr, const std::vector<Tag>& tags,
                        const CallOptions& options);
  std::vector<Vpc> DescribeVpcs(const std::vector<Filter>& filters, const CallOptions& options);
  void DeleteVpc(const std::string& vpc_id, const CallOptions& options);
  // `zone` is the zone's name. (If it were missing, EC2 would choose one, each time anew.)
  Subnet CreateSubnet(const std::string& vpc_id, const std::string& zone, const std::string& cidr,
                      const std::vector<Tag>& tags, const CallOptions& options);
  void DeleteSubnet(const std::string& subnet_id, const CallOptions& options);
  // Returns the gateway's id.
  std::string CreateInternetGateway(const std::vector<Tag>& tags, const CallOptions& options);
  std::vector<InternetGateway> DescribeInternetGateways(const std::vector<Filter>& filters,
                                                        const CallOptions& options);
  void AttachInternetGateway(const std::string& gateway_id, const std::string& vpc_id,
                             const CallOptions& options);
  void DetachInternetGateway(const std::string& gateway_id, const std::string& vpc_id,
                             const CallOptions& options);
  void DeleteInternetGateway(const std::string& gateway_id, const CallOptions& options);
  std::vector<RouteTable> DescribeRouteTables(const std::vector<Filter>& filters,
                                              const CallOptions& options);
  // Returns the route table's id.
  std::string CreateRouteTable(const std::string& vpc_id, const std::vector<Tag>& tags,
                               const CallOptions& options);
  void CreateRoute(const std::string& route_table_id, const std::string& cidr,
                   const std::string& gateway_id, const CallOptions& options);
  // The association ends with the subnet.
  void AssociateRouteTable(const std::string& route_table_id, const std::string& subnet_id,
                           const CallOptions& options);
  void DeleteRouteTable(const std::string& route_table_id, const CallOptions& options);

  void CreateTags(const std::vector<std::string>& resource_ids, const std::vector<Tag>& tags,
                  const CallOptions& options);
  void DeleteTags(const std::vector<std::string>& resource_ids, const std::vector<Tag>& tags,
                  const CallOptions& options);

 private:
  std::shared_ptr<Client> client_;
  FreshIds fresh_;
};

}  // namespace aws
