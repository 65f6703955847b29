// The answers of an instance's metadata service, stored as files.
#pragma once

#include <string>

namespace localcloud {

struct InstanceMetadata {
  std::string instance_id;
  std::string image_id;
  std::string instance_type;
  std::string architecture;
  std::string region;
  std::string zone;
  std::string account_id;
  std::string reservation_id;
  int launch_index = 0;
  std::string private_ip;
  std::string public_ip;  // empty: none (yet), so its path does not exist
  std::string mac_address;
  std::string interface_id;
  std::string subnet_id;
  std::string subnet_cidr;
  std::string vpc_id;
  std::string key_name;  // empty: no key pair
  std::string public_key_line;
  std::string user_data;  // empty: none, so its path does not exist
  std::string launch_time;
  std::string profile_arn;  // empty: no instance profile, so iam/ does not exist
  std::string role;
  std::string role_credentials;  // a JSON document

  // Writes one file per path below `directory`, which stands for http://169.254.169.254/latest/. A
  // changed file is replaced as a whole, so that a reader never sees half of it. Throws
  // std::runtime_error.
  void Write(const std::string& directory) const;
};

}  // namespace localcloud
