// One region of the local cloud: what the account has there, and what its instances need to live.
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

// What all regions share. Everything pointed to outlives the regions.
struct CloudServices {
  Timers* timers = nullptr;
  BackgroundWorker* worker = nullptr;        // what launches wait for
  BackgroundWorker* image_worker = nullptr;  // copies of instances, which may be large
  BackgroundWorker* removal_worker = nullptr;
  Truth* truth = nullptr;
  const LatencyProfile* profile = nullptr;
  FaultPlan* faults = nullptr;
  SessionKeys* session_keys = nullptr;  // of instances' roles
  double time_scale = 1;
  std::uint64_t seed = 1;
  std::uint16_t ssh_port = 0;
  std::string account_id = "000000000000";
  std::string directory;  // for the trees of images and instances
};

// A call that created instances, by its ClientToken: the same call again must not create others.
struct LaunchRecord {
  std::map<std::string, std::string> parameters;
  std::vector<std::string> instance_ids;
  std::string reservation_id;
};

// From the event loop's thread only.
class Region {
 public:
  // `number` (0 to 39) makes its addresses: 127.(10+number).0.0/16 inside its default VPC,
  // 127.(50+number).0.0/16 inside others, 127.(100+number).0.0/16 outside. `base_image` is the tree
  // of its public images. `zone_numbers`: those of the zones' ids, in the order of their names.
  Region(const CloudServices& services, std::string name, int number,
         const std::vector<int>& zone_numbers, const std::string& base_image,
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

  // Whether a zone, by its name, or any zone of the region has the type (profile: not_offered).
  bool Offers(const std::string& zone, const InstanceType& type) const;
  bool Offers(const InstanceType& type) const;

  // Public: this is the database that the API handlers read and write.
  ResourceMap<Vpc> vpcs;
  ResourceMap<Subnet> subnets;
  ResourceMap<InternetGateway> internet_gateways;
  ResourceMap<RouteTable> route_tables;
  ResourceMap<SecurityGroup> security_groups;
  ResourceMap<KeyPair> key_pairs;  // by id, not by name
  ResourceMap<Image> images;
  ResourceMap<Snapshot> snapshots;
  PublicCatalogue public_catalogue;
  ResourceMap<Volume> volumes;  // those that are attached to nothing any more
  ResourceMap<NetworkInterface> interfaces;
  ResourceMap<Address> addresses;
  ResourceMap<Instance> instances;
  std::map<std::string, LaunchRecord> launches;  // by ClientToken

  // "i-" and 17 random hexadecimal digits.
  std::string NewId(std::string_view prefix) const;
  std::uint64_t NextOrdinal() { return ++last_ordinal_; }
  // Counts what `what` names, from 0: part of the key of a draw.
  std::uint64_t CountOf(const std::string& what) { return counts_[what]++; }

  // Begins the life of a new resource whose tags are complete: no call finds it for a drawn time,
  // and filters by tag find it later still (profile section "consistency").
  void Settle(Resource* resource);
  // To be called before the tags of an older resource change: filters find the new ones later.
  void TagsChange(Resource* resource);

  // A modelled duration, scaled. `key` names what it is for within this region.
  Clock::duration Draw(const Distribution& distribution, const std::string& key) const;

  // The next address of a subnet, or of the region's public range. Addresses come back only after
  // the whole range.
  std::string NewPrivateIp(Subnet* subnet) const;
  std::string NewPublicIp();

  // With what comes with it: a default security group and a main route table.
  std::shared_ptr<Vpc> AddVpc(const std::string& cidr, const Tags& tags);
  // Its instances get loopback addresses, 251 at most. Throws ApiError where there are none left.
  std::shared_ptr<Subnet> AddSubnet(const Vpc& vpc, const std::string& zone,
                                    const std::string& cidr, const Tags& tags);
  // Whether public addresses of the subnet's instances lead anywhere: its route table, or else the
  // main one, has a default route to an internet gateway of its VPC.
  bool HasInternetRoute(const Subnet& subnet) const;
  const RouteTable* RouteTableOf(const Subnet& subnet) const;  // nullptr: none

  // Makes an interface with the next address of the subnet. Throws ApiError where there is none
  // left.
  std::shared_ptr<NetworkInterface> AddInterface(Subnet* subnet,
                                                 const std::vector<std::string>& group_ids,
                                                 const Tags& tags);

  Vpc* DefaultVpc() const;                               // nullptr: none
  Subnet* DefaultSubnet(const std::string& zone) const;  // an empty zone: any; nullptr: none
  SecurityGroup* DefaultGroup(const std::string& vpc_id) const;
  // Who has the private address `ip`; somebody outside where nobody has.
  Peer PeerAt(const std::string& ip) const;
  KeyPair* KeyPairByName(std::string_view key_name) const;             // nullptr: none
  KeyPair* VisibleKeyPair(std::string_view key_name) const;            // nullptr: none yet
  Address* AddressOfInterface(const std::string& interface_id) const;  // nullptr: none

  // Keeps the address of an Elastic IP filtered while no machine answers on it; throws ApiError
  // where it cannot.
  void HoldAddress(const std::string& public_ip);
  void DropAddressHold(const std::string& public_ip);

  // Removes the files of an image or an instance, once all copies that are under way are done.
  void RemoveTree(const std::string& path) const;

 private:
  void MakeNetwork(int number, const std::vector<int>& zone_numbers);
  void MakePublicImages(const std::string& base_image);

  std::uint64_t last_ordinal_ = 0;
  std::shared_ptr<Vpc> AddVpcWithIds(const std::string& vpc_id, const std::string& group_id,
                                     const std::string& cidr);

  std::uint32_t first_own_address_ = 0;  // of subnets that the account makes
  std::uint32_t first_public_address_ = 0;
  std::uint32_t next_public_host_ = 0;
  std::map<std::string, std::uint64_t> counts_;
  std::map<std::string, std::unique_ptr<AddressHold>> holds_;
};

// The region of that name; nullptr: the cloud has none.
using FindRegion = std::function<Region*(const std::string& name)>;

// Loopback has a single IPv6 address, so the local cloud's are IPv4-mapped ones: to
// "::ffff:a.b.c.d" a client's IPv6 socket connects by IPv4. Each belongs to a private address of
// the default VPC: 127.(150+number).x.y to 127.(10+number).x.y.
inline constexpr char kMappedPrefix[] = "::ffff:";
std::string Ipv6Of(const std::string& private_ip);
// Where a machine listens for it: "127.150.0.4".
std::string ListenerOf(const std::string& ipv6);

// Ids of what every account finds there are the same in each run, so that scripts may name them.
std::string FixedId(std::string_view prefix, const std::string& of);
// The id of the public Amazon Linux 2023 image of that architecture, which the SSM parameter names.
std::string PublicImageId(const std::string& region, const std::string& architecture);
// The same with Docker, which ECS's parameter names.
std::string DockerImageId(const std::string& region, const std::string& architecture);

}  // namespace localcloud
