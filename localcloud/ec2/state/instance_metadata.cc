#include "localcloud/ec2/state/instance_metadata.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "localcloud/ec2/state/instance_role.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// An empty value removes the file, so that the service answers 404 there.
void Put(const std::string& directory, const std::string& path, const std::string& value) {
  const fs::path file = fs::path(directory) / path;
  if (value.empty()) {
    fs::remove(file);
    return;
  }
  if (ReadFile(file) == value) return;
  fs::create_directories(file.parent_path());
  fs::path fresh = file;
  fresh += ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << value;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + fresh.string());
  fs::rename(fresh, file);
}

}  // namespace

void InstanceMetadata::Write(const std::string& directory) const {
  std::string hostname = "ip-" + private_ip;
  std::replace(hostname.begin(), hostname.end(), '.', '-');
  const nlohmann::ordered_json identity = {
      {"accountId", account_id},    {"architecture", architecture}, {"availabilityZone", zone},
      {"imageId", image_id},        {"instanceId", instance_id},    {"instanceType", instance_type},
      {"pendingTime", launch_time}, {"privateIp", private_ip},      {"region", region},
      {"version", "2017-09-30"}};
  const auto put = [&](const std::string& path, const std::string& value) {
    Put(directory, path, value);
  };
  put("meta-data/instance-id", instance_id);
  put("meta-data/ami-id", image_id);
  put("meta-data/ami-launch-index", std::to_string(launch_index));
  put("meta-data/instance-type", instance_type);
  put("meta-data/reservation-id", reservation_id);
  put("meta-data/placement/availability-zone", zone);
  put("meta-data/placement/region", region);
  put("meta-data/local-ipv4", private_ip);
  put("meta-data/public-ipv4", public_ip);
  put("meta-data/mac", mac_address);
  put("meta-data/hostname", hostname);
  put("meta-data/local-hostname", hostname);
  put("meta-data/public-keys/0/openssh-key", key_name.empty() ? "" : public_key_line);
  // The list names the keys, and clients such as cloud-init read the names from it.
  put("meta-data/public-keys/.listing", key_name.empty() ? "" : "0=" + key_name);
  put("dynamic/instance-identity/document", identity.dump(2));
  const std::string interface = "meta-data/network/interfaces/macs/" + mac_address + "/";
  put(interface + "device-number", "0");
  put(interface + "interface-id", interface_id);
  put(interface + "mac", mac_address);
  put(interface + "local-ipv4s", private_ip);
  put(interface + "public-ipv4s", public_ip);
  put(interface + "subnet-id", subnet_id);
  put(interface + "subnet-ipv4-cidr-block", subnet_cidr);
  put(interface + "vpc-id", vpc_id);
  put("meta-data/block-device-mapping/ami", "/dev/xvda");
  put("meta-data/block-device-mapping/root", "/dev/xvda");
  put("user-data", user_data);
  if (role.empty()) return;
  const nlohmann::ordered_json info = {{"Code", "Success"},
                                       {"LastUpdated", launch_time},
                                       {"InstanceProfileArn", profile_arn},
                                       {"InstanceProfileId", kInstanceProfileId}};
  put("meta-data/iam/info", info.dump(2));
  put("meta-data/iam/security-credentials/" + role, role_credentials);
}

}  // namespace localcloud
