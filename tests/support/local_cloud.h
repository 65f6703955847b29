// A `localcloud serve` process for a test, and what it knows to be true.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace test_support {

// Serves from construction to destruction. Throws std::runtime_error where it does not come up.
class LocalCloud {
 public:
  // `program` is the localcloud binary; `flags` go to `serve`.
  LocalCloud(const std::string& program, std::vector<std::string> flags);

  const std::string& endpoint_url() const { return endpoint_url_; }
  const std::string& region() const { return region_; }
  std::uint16_t ssh_port() const { return ssh_port_; }
  const std::string& access_key_id() const { return access_key_id_; }
  const std::string& secret_access_key() const { return secret_access_key_; }
  pid_t pid() const { return process_->pid(); }
  ChildProcess& process() { return *process_; }

  // The environment with which AWS clients reach it.
  std::map<std::string, std::string> Environment() const;
  // GET /_localcloud/truth: the JSON array's text.
  std::string Truth() const;
  // Ids of what the account holds beside what every account does, of all regions and kinds; those
  // of machines that have terminated are not among them. No fault falsifies it.
  std::vector<std::string> Held() const;

 private:
  std::unique_ptr<ChildProcess> process_;
  std::string endpoint_url_;
  std::string region_;
  std::string access_key_id_;
  std::string secret_access_key_;
  std::uint16_t ssh_port_ = 0;
};

}  // namespace test_support
