#include "localcloud/region.h"

#include <arpa/inet.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "localcloud/api_error.h"
#include "localcloud/background_worker.h"
#include "localcloud/instance.h"
#include "localcloud/tree_removal.h"

namespace localcloud {
namespace {

// EC2 keeps the first four addresses of a subnet and its last one for itself.
constexpr std::uint32_t kFirstHost = 4;
constexpr std::uint32_t kDefaultSubnetHosts = 4096;  // a /20
constexpr std::uint32_t kOwnSubnetHosts = 256;       // as many of loopback's as any own one gets
constexpr std::uint32_t kOwnSubnets = 256;
constexpr std::uint32_t kPublicHosts = 65536;

std::string FormatIp(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

// The last ten digits of an interface's id, behind a locally administered prefix.
std::string MacAddressOf(const std::string& interface_id) {
  std::string mac = "06";
  const std::string digits = interface_id.substr(interface_id.size() - 10);
  for (std::size_t i = 0; i < digits.size(); i += 2) mac += ":" + digits.substr(i, 2);
  return mac;
}

template <typename T>
std::shared_ptr<T> AddResource(ResourceMap<T>* map, Region* region, const std::string& id) {
  auto resource = std::make_shared<T>();
  resource->id = id;
  resource->ordinal = region->NextOrdinal();
  map->emplace(resource->id, resource);
  return resource;
}

// `cidr`: IPv4, "a.b.c.d/n".
bool Contains(const std::string& cidr, const std::string& ip) {
  const std::size_t slash = cidr.find('/');
  in_addr network{};
  in_addr address{};
  int bits = 32;
  if (inet_pton(AF_INET, cidr.substr(0, slash).c_str(), &network) != 1 ||
      inet_pton(AF_INET, ip.c_str(), &address) != 1) {
    return false;
  }
  if (slash != std::string::npos) {
    std::from_chars(cidr.data() + slash + 1, cidr.data() + cidr.size(), bits);
  }
  if (bits <= 0) return true;
  const std::uint32_t mask = ~std::uint32_t{0} << (32 - bits);
  return (ntohl(network.s_addr) & mask) == (ntohl(address.s_addr) & mask);
}

}  // namespace

bool SecurityGroup::Admits(const Peer& peer, std::uint16_t port) const {
  const auto from = [&](const IpPermission& rule) {
    const auto& groups = peer.group_ids;
    if (rule.cidr.empty()) {
      return std::find(groups.begin(), groups.end(), rule.source_group) != groups.end();
    }
    return std::any_of(peer.addresses.begin(), peer.addresses.end(),
                       [&](const std::string& ip) { return Contains(rule.cidr, ip); });
  };
  return std::any_of(ingress.begin(), ingress.end(), [&](const IpPermission& rule) {
    const bool any_port = rule.protocol == "-1";
    const bool this_port = rule.protocol == "tcp" && rule.from_port <= port && port <= rule.to_port;
    return (any_port || this_port) && from(rule);
  });
}

bool SecurityGroup::AdmitsBeside(const std::set<std::int64_t>& ports) const {
  return std::any_of(ingress.begin(), ingress.end(), [&](const IpPermission& rule) {
    if (rule.protocol == "-1") return true;
    return rule.protocol == "tcp" &&
           !(rule.from_port == rule.to_port && ports.contains(rule.from_port));
  });
}

std::string FormatTime(std::chrono::system_clock::time_point at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), ms);
}

std::string FixedId(std::string_view prefix, const std::string& of) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : of) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return fmt::format("{}-0{:016x}", prefix, hash);
}

std::string PublicImageId(const std::string& region, const std::string& architecture) {
  return FixedId("ami", region + "/al2023/" + architecture);
}

Region::Region(const CloudServices& cloud_services, std::string region_name, int number,
               int zone_count, const std::string& base_image,
               std::unique_ptr<MachineFactory> machine_factory)
    : name(std::move(region_name)),
      services(cloud_services),
      latencies(cloud_services.profile->ForRegion(name)),
      machines(std::move(machine_factory)),
      public_catalogue(name, latencies.public_images, latencies.public_snapshots) {
  MakeNetwork(number, zone_count);
  MakePublicImages(base_image);
}

Region::~Region() = default;

void Region::MakeNetwork(int number, int zone_count) {
  const std::uint32_t inside = (127u << 24) | (static_cast<std::uint32_t>(10 + number) << 16);
  first_public_address_ = (127u << 24) | (static_cast<std::uint32_t>(100 + number) << 16);
  next_public_host_ = kFirstHost;
  first_own_address_ = (127u << 24) | (static_cast<std::uint32_t>(50 + number) << 16);
  const auto vpc = AddVpcWithIds(FixedId("vpc", name), FixedId("sg", name + "/default"),
                                 FormatIp(inside) + "/16");
  vpc->is_default = true;
  vpc->dns_hostnames = true;
  const auto gateway = AddResource(&internet_gateways, this, FixedId("igw", name));
  gateway->vpc_id = vpc->id;
  route_tables.begin()->second->routes.push_back({"0.0.0.0/0", gateway->id});
  for (int i = 0; i < zone_count; ++i) {
    zones.push_back(name + static_cast<char>('a' + i));
    const auto subnet = AddResource(&subnets, this, FixedId("subnet", zones.back()));
    subnet->vpc_id = vpc->id;
    subnet->zone = zones.back();
    subnet->first_address = inside + static_cast<std::uint32_t>(i) * kDefaultSubnetHosts;
    subnet->hosts = kDefaultSubnetHosts;
    subnet->next_host = kFirstHost;
    subnet->cidr = FormatIp(subnet->first_address) + "/20";
    subnet->default_for_az = true;
    subnet->map_public_ip_on_launch = true;
  }
}

std::shared_ptr<Vpc> Region::AddVpcWithIds(const std::string& vpc_id, const std::string& group_id,
                                           const std::string& cidr) {
  auto vpc = AddResource(&vpcs, this, vpc_id);
  vpc->cidr = cidr;
  const auto group = AddResource(&security_groups, this, group_id);
  group->name = "default";
  group->description = "default VPC security group";
  group->vpc_id = vpc->id;
  IpPermission itself;
  itself.protocol = "-1";
  itself.source_group = group->id;
  group->ingress.push_back(itself);
  const auto table = AddResource(&route_tables, this, FixedId("rtb", vpc->id));
  table->vpc_id = vpc->id;
  table->main_association = FixedId("rtbassoc", vpc->id);
  table->routes.push_back({cidr, "local"});
  return vpc;
}

std::shared_ptr<Vpc> Region::AddVpc(const std::string& cidr, const Tags& tags) {
  auto vpc = AddVpcWithIds(NewId("vpc"), NewId("sg"), cidr);
  vpc->tags = tags;
  Settle(vpc.get());
  Settle(DefaultGroup(vpc->id));
  for (const auto& [id, table] : route_tables) {
    if (table->vpc_id == vpc->id) Settle(table.get());
  }
  return vpc;
}

std::shared_ptr<Subnet> Region::AddSubnet(const Vpc& vpc, const std::string& zone,
                                          const std::string& cidr, const Tags& tags) {
  std::set<std::uint32_t> taken;
  for (const auto& [id, other] : subnets) taken.insert(other->first_address);
  std::uint32_t first = first_own_address_;
  while (taken.contains(first)) first += kOwnSubnetHosts;
  if (first - first_own_address_ >= kOwnSubnets * kOwnSubnetHosts) {
    throw ApiError("SubnetLimitExceeded", "localcloud has no more addresses for subnets.");
  }
  auto subnet = AddResource(&subnets, this, NewId("subnet"));
  subnet->tags = tags;
  subnet->vpc_id = vpc.id;
  subnet->zone = zone;
  subnet->cidr = cidr;
  const int bits = std::stoi(cidr.substr(cidr.find('/') + 1));
  subnet->first_address = first;
  subnet->hosts = bits > 24 ? std::uint32_t{1} << (32 - bits) : kOwnSubnetHosts;
  subnet->next_host = kFirstHost;
  Settle(subnet.get());
  return subnet;
}

const RouteTable* Region::RouteTableOf(const Subnet& subnet) const {
  const RouteTable* found = nullptr;
  for (const auto& [id, table] : route_tables) {
    if (table->vpc_id != subnet.vpc_id) continue;
    for (const auto& [association, subnet_id] : table->subnets) {
      if (subnet_id == subnet.id) return table.get();
    }
    if (!table->main_association.empty()) found = table.get();
  }
  return found;
}

bool Region::HasInternetRoute(const Subnet& subnet) const {
  const RouteTable* const table = RouteTableOf(subnet);
  return table != nullptr &&
         std::any_of(table->routes.begin(), table->routes.end(), [&](const Route& route) {
           const auto gateway = internet_gateways.find(route.gateway_id);
           return route.cidr == "0.0.0.0/0" && gateway != internet_gateways.end() &&
                  gateway->second->vpc_id == subnet.vpc_id;
         });
}

void Region::MakePublicImages(const std::string& base_image) {
  for (const std::string architecture : {"x86_64", "arm64"}) {
    const auto image = AddResource(&images, this, PublicImageId(name, architecture));
    image->name = "al2023-ami-2023.10.20260105.0-kernel-6.1-" + architecture;
    image->description = "Amazon Linux 2023 as the local cloud models it, " + architecture;
    image->state = "available";
    image->architecture = architecture;
    image->owner_id = kAmazonAccount;
    image->is_public = true;
    image->creation_date = "2026-01-05T00:00:00.000Z";
    image->root_volume_gib = 8;
    image->snapshot_id = FixedId("snap", name + "/al2023/" + architecture);
    image->tree = base_image;
  }
}

std::string Region::NewId(std::string_view prefix) const {
  std::uint64_t bits = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof(bits));
  return fmt::format("{}-0{:016x}", prefix, bits);
}

void Region::Settle(Resource* resource) {
  const std::string kind = resource->id.substr(0, resource->id.find('-'));
  const Clock::time_point now = Clock::now();
  const std::string key = fmt::format("{}/{}", kind, CountOf("settled " + kind));
  resource->visible_at = now + Draw(latencies.consistency.new_ids, "new id/" + key);
  if (kind == "i" && services.faults->hidden().count() > 0) {
    services.faults->Hit();
    resource->visible_at = std::max(resource->visible_at, now + services.faults->hidden());
  }
  // An id that no call knows stands in no index either.
  resource->tags_indexed_at =
      resource->visible_at + Draw(latencies.consistency.tag_index, "new tags/" + key);
}

void Region::TagsChange(Resource* resource) {
  const Clock::time_point now = Clock::now();
  // The earlier change may not be indexed itself: then neither is this one.
  resource->earlier_tags = Tags(resource->indexed_tags());
  const std::string key = fmt::format("changed tags/{}", CountOf("changed tags"));
  resource->tags_indexed_at = now + Draw(latencies.consistency.tag_index, key);
}

Clock::duration Region::Draw(const Distribution& distribution, const std::string& key) const {
  const auto drawn = distribution.Draw(services.seed, name + "/" + key);
  return std::chrono::duration_cast<Clock::duration>(drawn * services.time_scale);
}

std::string Region::NewPrivateIp(Subnet* subnet) const {
  // One address short of the end: the last is EC2's own.
  for (std::uint32_t tries = 0; tries < subnet->hosts; ++tries) {
    std::string ip = FormatIp(subnet->first_address + subnet->next_host);
    subnet->next_host = subnet->next_host + 2 < subnet->hosts ? subnet->next_host + 1 : kFirstHost;
    bool taken = false;
    for (const auto& [id, interface] : interfaces) taken = taken || interface->private_ip == ip;
    if (!taken) return ip;
  }
  throw ApiError("InsufficientFreeAddressesInSubnet",
                 "There are no free addresses in subnet '" + subnet->id + "'");
}

std::string Region::NewPublicIp() {
  for (;;) {  // ends: no region has nearly as many addresses in use
    std::string ip = FormatIp(first_public_address_ + next_public_host_);
    next_public_host_ = next_public_host_ + 2 < kPublicHosts ? next_public_host_ + 1 : kFirstHost;
    bool taken = false;
    for (const auto& [id, address] : addresses) taken = taken || address->public_ip == ip;
    for (const auto& [id, instance] : instances) taken = taken || instance->public_ip() == ip;
    if (!taken) return ip;
  }
}

std::shared_ptr<NetworkInterface> Region::AddInterface(Subnet* subnet,
                                                       const std::vector<std::string>& group_ids,
                                                       const Tags& tags) {
  const std::string private_ip = NewPrivateIp(subnet);
  auto interface = AddResource(&interfaces, this, NewId("eni"));
  interface->tags = tags;
  interface->subnet_id = subnet->id;
  interface->vpc_id = subnet->vpc_id;
  interface->zone = subnet->zone;
  interface->group_ids = group_ids;
  interface->mac_address = MacAddressOf(interface->id);
  interface->private_ip = private_ip;
  Settle(interface.get());
  return interface;
}

Vpc* Region::DefaultVpc() const {
  for (const auto& [id, vpc] : vpcs) {
    if (vpc->is_default) return vpc.get();
  }
  return nullptr;
}

Subnet* Region::DefaultSubnet(const std::string& zone) const {
  Subnet* first = nullptr;
  for (const auto& [id, subnet] : subnets) {
    if (!subnet->default_for_az || (!zone.empty() && subnet->zone != zone)) continue;
    if (first == nullptr || subnet->zone < first->zone) first = subnet.get();
  }
  return first;
}

SecurityGroup* Region::DefaultGroup(const std::string& vpc_id) const {
  for (const auto& [id, group] : security_groups) {
    if (group->vpc_id == vpc_id && group->name == "default") return group.get();
  }
  return nullptr;
}

Peer Region::PeerAt(const std::string& ip) const {
  Peer peer{{ip}, {}};
  for (const auto& [id, interface] : interfaces) {
    if (interface->private_ip != ip) continue;
    peer.group_ids = interface->group_ids;
    // Its address is one of loopback's, whatever range the subnet has on paper.
    const auto subnet = subnets.find(interface->subnet_id);
    if (subnet != subnets.end()) {
      peer.addresses.push_back(subnet->second->cidr.substr(0, subnet->second->cidr.find('/')));
    }
  }
  return peer;
}

KeyPair* Region::KeyPairByName(std::string_view key_name) const {
  for (const auto& [id, pair] : key_pairs) {
    if (pair->name == key_name) return pair.get();
  }
  return nullptr;
}

KeyPair* Region::VisibleKeyPair(std::string_view key_name) const {
  KeyPair* const pair = KeyPairByName(key_name);
  return pair != nullptr && pair->is_visible() ? pair : nullptr;
}

Address* Region::AddressOfInterface(const std::string& interface_id) const {
  for (const auto& [id, address] : addresses) {
    if (address->network_interface_id == interface_id) return address.get();
  }
  return nullptr;
}

void Region::HoldAddress(const std::string& public_ip) {
  try {
    holds_[public_ip] = machines->Hold(public_ip);
  } catch (const std::runtime_error& failure) {
    throw ApiError("InternalError", failure.what(), 500);
  }
}

void Region::DropAddressHold(const std::string& public_ip) { holds_.erase(public_ip); }

void Region::RemoveTree(const std::string& path) const {
  // What was asked of the other two before may copy it, and comes first. No launch waits for the
  // removal. Where it fails: the whole cloud's directory goes at the end anyway.
  const auto remove = [worker = services.removal_worker, path](const std::string&) {
    worker->Run([path](const std::stop_token&) { localcloud::RemoveTree(path); },
                [](const std::string&) {});
  };
  const auto after_launches = [worker = services.worker, remove](const std::string&) {
    worker->Run([](const std::stop_token&) {}, remove);
  };
  services.image_worker->Run([](const std::stop_token&) {}, after_launches);
}

}  // namespace localcloud
