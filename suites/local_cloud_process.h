// The local cloud as a child process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace suites {

struct LocalCloudSettings {
  std::string profile = "ec2";
  double time_scale = 1.0;
  std::string round_trip;  // milliseconds; empty: the profile's own
  unsigned long long seed = 1;
};

// Started on construction, ended (SIGTERM, then SIGKILL after some seconds) on destruction. In a
// process group of its own, so that a Ctrl-C at the terminal reaches it only through us, after
// cleaning up.
class LocalCloudProcess {
 public:
  // Throws std::runtime_error; with an empty text where the process has itself said what is wrong.
  explicit LocalCloudProcess(const LocalCloudSettings& settings);
  ~LocalCloudProcess();
  LocalCloudProcess(const LocalCloudProcess&) = delete;
  LocalCloudProcess& operator=(const LocalCloudProcess&) = delete;

  const std::string& endpoint_url() const { return endpoint_url_; }
  const std::string& region() const { return region_; }
  const std::string& access_key_id() const { return access_key_id_; }
  const std::string& secret_access_key() const { return secret_access_key_; }
  std::uint16_t ssh_port() const { return ssh_port_; }
  pid_t pid() const { return pid_; }

 private:
  void ReadGreeting();
  void End();

  pid_t pid_ = -1;
  int output_ =
      -1;  // its standard output; open until the end, so that it never writes into a closed pipe
  std::string endpoint_url_;
  std::string region_;
  std::string access_key_id_;
  std::string secret_access_key_;
  std::uint16_t ssh_port_ = 0;
};

}  // namespace suites
