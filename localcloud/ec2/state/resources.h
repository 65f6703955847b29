// What an account has in a region, beside instances: plain records, which the API handlers change.
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
  std::uint64_t ordinal =
      0;  // in the order of creation, from 1: what lists are sorted and paged by
  Tags tags;

  // Eventual consistency (Region::Settle). Calls do not know the id before `visible_at`. Filters by
  // tag see `earlier_tags` until `tags_indexed_at`.
  std::chrono::steady_clock::time_point visible_at{};
  std::chrono::steady_clock::time_point tags_indexed_at{};
  Tags earlier_tags{};

  bool is_visible() const { return std::chrono::steady_clock::now() >= visible_at; }
  const Tags& indexed_tags() const {
    return std::chrono::steady_clock::now() >= tags_indexed_at ? tags : earlier_tags;
  }
};

// By id. Records are shared, so that one can be worked on while it is taken out of the map.
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
  std::uint32_t first_address = 0;  // host byte order: loopback addresses, whatever the CIDR is
  std::uint32_t hosts = 0;          // how many of them
  std::uint32_t next_host = 0;      // the next address to give away, counted from first_address
};

struct InternetGateway : Resource {
  std::string vpc_id;  // empty: not attached
};

struct Route {
  std::string cidr;
  std::string gateway_id;  // "local", or an internet gateway's id
};

// What EC2 makes once for a ClientToken, however often it is asked.
struct TokenResource : Resource {
  std::string client_token;                      // empty: made without one
  std::map<std::string, std::string> made_with;  // the call's parameters
};

struct RouteTable : TokenResource {
  std::string vpc_id;
  std::string main_association;                // of the VPC's main table; empty for others
  std::map<std::string, std::string> subnets;  // by the association's id
  std::vector<Route> routes;                   // the local one first
};

struct IpPermission {
  std::string protocol;  // "tcp", "udp", "icmp", "-1"
  std::int64_t from_port = -1;
  std::int64_t to_port = -1;
  std::string cidr;          // one rule, one source: a CIDR
  std::string source_group;  // or a security group's id
  std::string description;
  std::string rule_id;                                 // "sgr-..."
  std::chrono::steady_clock::time_point visible_at{};  // of rule_id, as a Resource's

  // Of two rules that admit the same, a group has one.
  bool Same(const IpPermission& other) const {
    return protocol == other.protocol && from_port == other.from_port && to_port == other.to_port &&
           cidr == other.cidr && source_group == other.source_group;
  }
};

// Where a connection comes from, as rules name it.
struct Peer {
  std::vector<std::string> addresses;  // any of which a CIDR may contain
  std::vector<std::string> group_ids;  // of an instance
};

struct SecurityGroup : Resource {
  std::string name;
  std::string description;
  std::string vpc_id;
  std::vector<IpPermission> ingress;

  // Whether `peer` may connect to a TCP port; whether anybody may to any port but these.
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

// That owns Amazon Linux's images, as on AWS.
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
  std::string tree;  // the directory that holds its files
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

// The root volume of an instance, or one that an instance has left behind.
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
