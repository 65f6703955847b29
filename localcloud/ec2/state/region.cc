#include "localcloud/ec2/state/region.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "localcloud/ec2/state/instance.h"
#include "localcloud/http/api_error.h"
#include "localcloud/loop/background_worker.h"
#include "localcloud/loop/hex.h"
#include "localcloud/loop/random_bytes.h"
#include "localcloud/loop/tree_removal.h"

namespace localcloud {
namespace {

// EC2 reserves the first four addresses and the last address of a subnet.
constexpr std::uint32_t kFirstHost = 4;
constexpr std::uint32_t kDefaultSubnetHosts = 4096;  // a /20
// The number of loopback addresses that each of the account's own subnets gets.
constexpr std::uint32_t kOwnSubnetHosts = 256;
constexpr std::uint32_t kOwnSubnets = 256;
constexpr std::uint32_t kPublicHosts = 65536;
constexpr std::uint32_t kIpv6Offset = 140;  // from 127.10 to 127.150

std::string FormatIp(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

// Turns "us-west-2" and 4 into "usw2-az4".
std::string ZoneId(const std::string& region, int number) {
  static const std::map<std::string, std::string> kShort = {
      {"north", "n"},      {"south", "s"},      {"east", "e"},
      {"west", "w"},       {"central", "c"},    {"northeast", "ne"},
      {"northwest", "nw"}, {"southeast", "se"}, {"southwest", "sw"}};
  const std::size_t first = region.find('-');
  const std::size_t last = region.rfind('-');
  return fmt::format("{}{}{}-az{}", region.substr(0, first),
                     kShort.at(region.substr(first + 1, last - first - 1)), region.substr(last + 1),
                     number);
}

// `pattern` is an instance type or a pattern such as "m7i.*".
bool MatchesType(const std::string& pattern, const std::string& type) {
  return pattern.ends_with('*') ? type.starts_with(pattern.substr(0, pattern.size() - 1))
                                : type == pattern;
}

// Returns a locally administered prefix followed by the last ten digits of the interface's id.
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

}  // namespace

std::string Ipv6Of(const std::string& private_ip) {
  in_addr address{};
  inet_pton(AF_INET, private_ip.c_str(), &address);
  return kMappedPrefix + FormatIp(ntohl(address.s_addr) + (kIpv6Offset << 16));
}

std::string ListenerOf(const std::string& ipv6) {
  return ipv6.substr(std::string_view(kMappedPrefix).size());
}

std::string FixedId(std::string_view prefix, const std::string& of) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : of) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return fmt::format("{}-0{:016x}", prefix, hash);
}

std::string PublicImageId(const std::string& region, const std::string& architecture) {
  return FixedId("ami", region + "/al2023/" + architecture);
}

std::string DockerImageId(const std::string& region, const std::string& architecture) {
  return FixedId("ami", region + "/al2023-ecs/" + architecture);
}

Region::Region(const CloudServices& cloud_services, std::string region_name, int number,
               const std::vector<int>& zone_numbers,
               const std::map<std::string, PublicImages>& public_images,
               std::unique_ptr<MachineFactory> machine_factory)
    : name(std::move(region_name)),
      services(cloud_services),
      latencies(cloud_services.profile->ForRegion(name)),
      machines(std::move(machine_factory)),
      public_catalogue(name, latencies.public_images, latencies.public_snapshots) {
  MakeNetwork(number, zone_numbers);
  MakePublicImages(public_images);
}

Region::~Region() = default;

void Region::MakeNetwork(int number, const std::vector<int>& zone_numbers) {
  const std::uint32_t network = static_cast<std::uint32_t>(services.network) << 24;
  const std::uint32_t inside = network | (static_cast<std::uint32_t>(10 + number) << 16);
  first_public_address_ = network | (static_cast<std::uint32_t>(100 + number) << 16);
  next_public_host_ = kFirstHost;
  first_own_address_ = network | (static_cast<std::uint32_t>(50 + number) << 16);
  const auto vpc = AddVpcWithIds(FixedId("vpc", name), FixedId("sg", name + "/default"),
                                 FormatIp(inside) + "/16");
  vpc->is_default = true;
  vpc->dns_hostnames = true;
  const auto gateway = AddResource(&internet_gateways, this, FixedId("igw", name));
  gateway->vpc_id = vpc->id;
  route_tables.begin()->second->routes.push_back({"0.0.0.0/0", gateway->id});
  for (std::size_t i = 0; i < zone_numbers.size(); ++i) {
    zones.push_back(name + static_cast<char>('a' + i));
    zone_ids[zones.back()] = ZoneId(name, zone_numbers[i]);
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

bool Region::Offers(const std::string& zone, const InstanceType& type) const {
  const auto refused = latencies.not_offered.find(zone_ids.at(zone));
  return refused == latencies.not_offered.end() ||
         std::none_of(refused->second.begin(), refused->second.end(),
                      [&](const std::string& pattern) { return MatchesType(pattern, type.name); });
}

bool Region::Offers(const InstanceType& type) const {
  return std::any_of(zones.begin(), zones.end(),
                     [&](const std::string& zone) { return Offers(zone, type); });
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
  itself.rule_id = FixedId("sgr", group->id + "/itself");
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

void Region::MakePublicImages(const std::map<std::string, PublicImages>& public_images) {
  const auto add = [this](const std::string& id, const PublicImage& shown,
                          const std::string& architecture) {
    if (shown.tree.empty()) return;
    const auto image = AddResource(&images, this, id);
    image->name = shown.name + "-" + architecture;
    image->description = shown.description + ", " + architecture;
    image->state = "available";
    image->architecture = architecture;
    image->owner_id = kAmazonAccount;
    image->is_public = true;
    image->creation_date = "2026-01-05T00:00:00.000Z";
    image->root_volume_gib = 8;
    image->snapshot_id = FixedId("snap", id);
    image->tree = shown.tree;
  };
  for (const auto& [architecture, shown] : public_images) {
    add(PublicImageId(name, architecture), shown.base, architecture);
    add(DockerImageId(name, architecture), shown.docker, architecture);
  }
}

std::string Region::NewId(std::string_view prefix) const {
  std::array<unsigned char, 8> bytes{};
  FillRandom(bytes);
  return fmt::format("{}-0{}", prefix, Hex(bytes));
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
  // An id that no call knows is in no index either.
  resource->tags_indexed_at =
      resource->visible_at + Draw(latencies.consistency.tag_index, "new tags/" + key);
}

void Region::TagsChange(Resource* resource) {
  const Clock::time_point now = Clock::now();
  // The previous change may not be indexed yet; then this one is not either.
  resource->earlier_tags = Tags(resource->indexed_tags());
  const std::string key = fmt::format("changed tags/{}", CountOf("changed tags"));
  resource->tags_indexed_at = now + Draw(latencies.consistency.tag_index, key);
}

Clock::duration Region::Draw(const Distribution& distribution, const std::string& key) const {
  const auto drawn = distribution.Draw(services.seed, name + "/" + key);
  return std::chrono::duration_cast<Clock::duration>(drawn * services.time_scale);
}

std::string Region::NewPrivateIp(Subnet* subnet) const {
  // Excludes the last address, which EC2 reserves.
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
  for (;;) {  // ends, because no region uses nearly as many addresses
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
  IngressChanged();
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
    // The interface's address is a loopback address. Rules may name the subnet's CIDR instead.
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

void Region::IngressChanged() const {
  for (const auto& [id, instance] : instances) instance->IngressChanged();
}

void Region::RemoveTree(const std::string& path) const {
  // Queued behind both other workers, because their jobs may still copy the tree. No launch waits
  // for the removal. If it fails, the tree is removed with the whole cloud's directory at the end.
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
