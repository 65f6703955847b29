// A `localcloud serve` process for a test, and its record of the true events.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace test_support {

// Serves from construction to destruction. Throws std::runtime_error if it does not start.
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

  // Returns the environment with which AWS clients reach it.
  std::map<std::string, std::string> Environment() const;
  // Returns the answer to GET /_localcloud/truth: the text of a JSON array.
  std::string Truth() const;
  // Returns the ids of everything in the account, in all regions and of all kinds, except defaults
  // that every account has and terminated machines. Faults do not change this answer.
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
