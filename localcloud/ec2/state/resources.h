// An account's resources in a region, except instances: plain records that the API handlers change.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace localcloud {

using Tags = std::map<std::string, std::string>;

struct Resource {
  std::string id;  // "sg-0123456789abcdef0"
  // Counts resources in the order of creation, from 1. Lists are sorted and paged by it.
  std::uint64_t ordinal = 0;
  Tags tags;

  // For eventual consistency (Region::Settle). Calls do not find the id before `visible_at`.
  // Filters by tag see `earlier_tags` until `tags_indexed_at`.
  std::chrono::steady_clock::time_point visible_at{};
  std::chrono::steady_clock::time_point tags_indexed_at{};
  Tags earlier_tags{};

  bool is_visible() const { return std::chrono::steady_clock::now() >= visible_at; }
  const Tags& indexed_tags() const {
    return std::chrono::steady_clock::now() >= tags_indexed_at ? tags : earlier_tags;
  }
};

// Keyed by id. Records are shared, so that code can still use one after it was removed from the
// map.
template <typename T>
using ResourceMap = std::map<std::string, std::shared_ptr<T>>;

struct Vpc : Resource {
  std::string cidr;
  std::string ipv6_cidr;  // empty: IPv4 only
  bool is_default = false;
  bool dns_support = true;
  bool dns_hostnames = false;
};

struct Subnet : Resource {
  std::string vpc_id;
  std::string zone;  // "us-west-2a"
  std::string cidr;
  std::string ipv6_cidr;  // empty: IPv4 only
  bool default_for_az = false;
  bool map_public_ip_on_launch = false;
  // Loopback addresses in host byte order, independent of the CIDR.
  std::uint32_t first_address = 0;
  std::uint32_t hosts = 0;  // the number of addresses
  // The next address to assign, counted from first_address.
  std::uint32_t next_host = 0;
};

struct InternetGateway : Resource {
  std::string vpc_id;  // empty: not attached
};

struct Route {
  std::string cidr;
  std::string gateway_id;  // "local", or an internet gateway's id
};

// A resource that EC2 creates only once for a ClientToken, however often the call is repeated.
struct TokenResource : Resource {
  std::string client_token;                      // empty: created without one
  std::map<std::string, std::string> made_with;  // the call's parameters
};

struct RouteTable : TokenResource {
  std::string vpc_id;
  std::string main_association;                // for the VPC's main table; empty for others
  std::map<std::string, std::string> subnets;  // by association id
  std::vector<Route> routes;                   // the local route first
};

struct IpPermission {
  std::string protocol;  // "tcp", "udp", "icmp", "-1"
  std::int64_t from_port = -1;
  std::int64_t to_port = -1;
  std::string cidr;          // the source: either a CIDR
  std::string source_group;  // or a security group's id
  std::string description;
  std::string rule_id;                                 // "sgr-..."
  std::chrono::steady_clock::time_point visible_at{};  // of rule_id; see Resource

  // Returns true if both rules admit the same. A group never has two such rules.
  bool Same(const IpPermission& other) const {
    return protocol == other.protocol && from_port == other.from_port && to_port == other.to_port &&
           cidr == other.cidr && source_group == other.source_group;
  }
};

// The origin of a connection, in the terms of security group rules.
struct Peer {
  std::vector<std::string> addresses;  // a CIDR rule matches if it contains any of these
  std::vector<std::string> group_ids;  // of the instance
};

struct SecurityGroup : Resource {
  std::string name;
  std::string description;
  std::string vpc_id;
  std::vector<IpPermission> ingress;

  // Admits: returns true if `peer` may connect to a TCP port. AdmitsBeside: returns true if any
  // client may connect to any port except these.
  bool Admits(const Peer& peer, std::uint16_t port) const;
  bool AdmitsBeside(const std::set<std::int64_t>& ports) const;
};

struct KeyPair : Resource {
  std::string name;
  std::string type;         // "ed25519", "rsa"
  std::string public_line;  // "ssh-ed25519 AAAA... comment"
  std::string fingerprint;
  std::string create_time;
};

// The owner of Amazon Linux's images, as on AWS.
inline constexpr char kAmazonAccount[] = "137112412989";

struct Image : Resource {
  std::string name;
  std::string description;
  std::string state;         // "pending", "available", "failed"
  std::string failure;       // "Client.VolumeLimitExceeded: ..."; empty unless it has failed
  std::string architecture;  // "x86_64", "arm64"
  std::string owner_id;
  bool is_public = false;
  std::string creation_date;
  std::string root_device_name = "/dev/xvda";
  std::int64_t root_volume_gib = 8;
  bool encrypted = false;
  std::string snapshot_id;
  std::string tree;  // the directory with its files
};

struct Snapshot : Resource {
  std::string owner_id;
  std::string state;  // "pending", "completed", "error"
  std::string description;
  std::string start_time;
  std::int64_t volume_gib = 0;
  std::string volume_id;
  bool encrypted = false;
};

// The root volume of an instance, or one that a terminated instance has left behind.
struct Volume : Resource {
  std::string instance_id;  // empty: available
  std::string zone;
  std::string snapshot_id;
  std::string create_time;
  std::string device_name;
  std::string type;
  std::int64_t gib = 0;
  bool encrypted = false;
  bool delete_on_termination = true;
};

struct NetworkInterface : TokenResource {
  std::string subnet_id;
  std::string vpc_id;
  std::string zone;
  std::string description;
  std::vector<std::string> group_ids;
  std::string mac_address;
  std::string private_ip;
  std::string ipv6;         // empty: none
  std::string instance_id;  // empty: available
  bool delete_on_termination = false;
};

struct Address : Resource {
  std::string public_ip;
  std::string association_id;  // empty: not associated
  std::string network_interface_id;
};

}  // namespace localcloud
