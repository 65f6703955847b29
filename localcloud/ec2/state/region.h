// One region of the local cloud: the account's resources there, and the services that its instances
// need.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/ec2/state/instance_types.h"
#include "localcloud/ec2/state/public_catalogue.h"
#include "localcloud/ec2/state/resources.h"
#include "localcloud/machine/machine.h"
#include "localcloud/model/distribution.h"
#include "localcloud/model/faults.h"
#include "localcloud/model/latency_profile.h"
#include "localcloud/model/truth.h"

namespace localcloud {

class BackgroundWorker;
class Instance;
class SessionKeys;
class Timers;

// Shared by all regions. Everything pointed to must outlive the regions.
struct CloudServices {
  Timers* timers = nullptr;
  BackgroundWorker* worker = nullptr;        // work that launches wait for
  BackgroundWorker* image_worker = nullptr;  // copies of instances' trees, which may be large
  BackgroundWorker* removal_worker = nullptr;
  Truth* truth = nullptr;
  const LatencyProfile* profile = nullptr;
  FaultPlan* faults = nullptr;
  SessionKeys* session_keys = nullptr;  // for instances' roles
  double time_scale = 1;
  std::uint64_t seed = 1;
  std::uint16_t ssh_port = 0;
  std::string account_id = "000000000000";
  std::string directory;  // for the trees of images and instances
  // The first byte of all machines' addresses: 127, the loopback network, or 10 for virtual
  // machines.
  std::uint8_t network = 127;
  std::string client_address = "127.0.0.1";  // of this host, as machines see it
};

// A public image that an account finds in each region.
struct PublicImage {
  std::string name;
  std::string description;
  std::string tree;
};

// The public images of one architecture; an empty tree: there is none.
struct PublicImages {
  PublicImage base;    // that SSM's parameter of Amazon Linux names
  PublicImage docker;  // that ECS's parameter names
};

// A call that created instances, stored by its ClientToken. Repeating the call must not create
// others.
struct LaunchRecord {
  std::map<std::string, std::string> parameters;
  std::vector<std::string> instance_ids;
  std::string reservation_id;
};

// Use from the event loop's thread only.
class Region {
 public:
  // `number` (0 to 39) determines the region's addresses: 127.(10+number).0.0/16 in its default
  // VPC, 127.(50+number).0.0/16 in other VPCs, and 127.(100+number).0.0/16 for public addresses (or
  // 10 instead of 127). `zone_numbers` are the numbers in the zones' ids, in the order of the
  // zones' names. `images`: by architecture.
  Region(const CloudServices& services, std::string name, int number,
         const std::vector<int>& zone_numbers, const std::map<std::string, PublicImages>& images,
         std::unique_ptr<MachineFactory> machines);
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  const std::string name;
  const CloudServices& services;
  const RegionLatencies& latencies;
  const std::unique_ptr<MachineFactory> machines;
  std::vector<std::string> zones;               // by name, in order
  std::map<std::string, std::string> zone_ids;  // by name: "usw2-az4"

  // Return true if the zone (by name), or any zone of the region, offers the type (see
  // "not_offered" in the profile).
  bool Offers(const std::string& zone, const InstanceType& type) const;
  bool Offers(const InstanceType& type) const;

  // Public, because these maps are the database that the API handlers read and write.
  ResourceMap<Vpc> vpcs;
  ResourceMap<Subnet> subnets;
  ResourceMap<InternetGateway> internet_gateways;
  ResourceMap<RouteTable> route_tables;
  ResourceMap<SecurityGroup> security_groups;
  ResourceMap<KeyPair> key_pairs;  // by id, not by name
  ResourceMap<Image> images;
  ResourceMap<Snapshot> snapshots;
  PublicCatalogue public_catalogue;
  ResourceMap<Volume> volumes;  // only volumes that are attached to nothing
  ResourceMap<NetworkInterface> interfaces;
  ResourceMap<Address> addresses;
  ResourceMap<Instance> instances;
  std::map<std::string, LaunchRecord> launches;  // by ClientToken

  // Returns the prefix, "-" and 17 hexadecimal digits, of which 16 are random:
  // "i-0123456789abcdef0".
  std::string NewId(std::string_view prefix) const;
  std::uint64_t NextOrdinal() { return ++last_ordinal_; }
  // Returns how often this was called before with the same `what`. Part of the keys of draws.
  std::uint64_t CountOf(const std::string& what) { return counts_[what]++; }

  // Call once the tags of a new resource are complete. Calls do not find the resource until a drawn
  // time has passed, and filters by tag find it later still (profile section "consistency").
  void Settle(Resource* resource);
  // Call before the tags of an existing resource change: filters find the new tags only later.
  void TagsChange(Resource* resource);

  // Returns a modelled duration, scaled. `key` names its purpose within this region.
  Clock::duration Draw(const Distribution& distribution, const std::string& key) const;

  // Return the next address of a subnet, or of the region's public range. An address is reused only
  // after the whole range was used.
  std::string NewPrivateIp(Subnet* subnet) const;
  std::string NewPublicIp();

  // Also creates the VPC's default security group and main route table.
  std::shared_ptr<Vpc> AddVpc(const std::string& cidr, const Tags& tags);
  // The subnet's instances get loopback addresses, at most 251. Throws ApiError if no addresses are
  // left for another subnet.
  std::shared_ptr<Subnet> AddSubnet(const Vpc& vpc, const std::string& zone,
                                    const std::string& cidr, const Tags& tags);
  // Returns true if public addresses of the subnet's instances are reachable: its route table, or
  // else the main one, has a default route to an internet gateway of its VPC.
  bool HasInternetRoute(const Subnet& subnet) const;
  const RouteTable* RouteTableOf(const Subnet& subnet) const;  // nullptr: none

  // Creates an interface with the next address of the subnet. Throws ApiError if none is left.
  std::shared_ptr<NetworkInterface> AddInterface(Subnet* subnet,
                                                 const std::vector<std::string>& group_ids,
                                                 const Tags& tags);

  Vpc* DefaultVpc() const;  // nullptr: none
  // An empty zone means any zone. Returns nullptr if there is no such subnet.
  Subnet* DefaultSubnet(const std::string& zone) const;
  SecurityGroup* DefaultGroup(const std::string& vpc_id) const;
  // Returns the owner of the private address `ip`, or a peer outside the VPCs if nothing has it.
  Peer PeerAt(const std::string& ip) const;
  KeyPair* KeyPairByName(std::string_view key_name) const;             // nullptr: none
  KeyPair* VisibleKeyPair(std::string_view key_name) const;            // nullptr: none visible yet
  Address* AddressOfInterface(const std::string& interface_id) const;  // nullptr: none

  // Keeps the address of an Elastic IP filtered while no machine answers on it. Throws ApiError if
  // it cannot be bound.
  void HoldAddress(const std::string& public_ip);
  void DropAddressHold(const std::string& public_ip);

  // The rules of security groups, or their members, have changed.
  void IngressChanged() const;

  // Removes the files of an image or an instance, once all running copies are complete.
  void RemoveTree(const std::string& path) const;

 private:
  void MakeNetwork(int number, const std::vector<int>& zone_numbers);
  void MakePublicImages(const std::map<std::string, PublicImages>& public_images);

  std::uint64_t last_ordinal_ = 0;
  std::shared_ptr<Vpc> AddVpcWithIds(const std::string& vpc_id, const std::string& group_id,
                                     const std::string& cidr);

  std::uint32_t first_own_address_ = 0;  // for subnets that the account creates
  std::uint32_t first_public_address_ = 0;
  std::uint32_t next_public_host_ = 0;
  std::map<std::string, std::uint64_t> counts_;
  std::map<std::string, std::unique_ptr<AddressHold>> holds_;
};

// Returns the region with that name, or nullptr if the cloud does not have it.
using FindRegion = std::function<Region*(const std::string& name)>;

// The loopback interface has a single IPv6 address, so the local cloud uses IPv4-mapped ones: a
// client's IPv6 socket connects to "::ffff:a.b.c.d" through IPv4. Each belongs to a private address
// of the default VPC: 127.(150+number).x.y to 127.(10+number).x.y.
inline constexpr char kMappedPrefix[] = "::ffff:";
std::string Ipv6Of(const std::string& private_ip);
// Returns the IPv4 address at which a machine listens for `ipv6`: "127.150.0.4".
std::string ListenerOf(const std::string& ipv6);

// Returns the id of something that every account finds in a region. It is the same in each run, so
// scripts may contain it.
std::string FixedId(std::string_view prefix, const std::string& of);
// Returns the id of the public Amazon Linux 2023 image of that architecture, which the SSM
// parameter names.
std::string PublicImageId(const std::string& region, const std::string& architecture);
// The same for the image with Docker, which ECS's parameter names.
std::string DockerImageId(const std::string& region, const std::string& architecture);

}  // namespace localcloud
