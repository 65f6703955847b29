// The local cloud as a child process.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "aws/unique_fd.h"
#include "suites/command/local_cloud_settings.h"
#include "suites/run/local_machines.h"

namespace suites {

// The constructor starts the process; the destructor ends it (SIGTERM, then SIGKILL after some
// seconds). The process has its own process group. So a Ctrl-C at the terminal does not reach it,
// and it is still there while launch_bench cleans up.
class LocalCloudProcess {
 public:
  // Blocks until the cloud accepts requests. Throws std::runtime_error if the process does not
  // start, or if `stop` is triggered before. Its text is empty if the process itself has printed
  // what is wrong.
  explicit LocalCloudProcess(const LocalCloudSettings& settings, const std::stop_token& stop = {});
  ~LocalCloudProcess();
  LocalCloudProcess(const LocalCloudProcess&) = delete;
  LocalCloudProcess& operator=(const LocalCloudProcess&) = delete;

  // Calls `action` from a thread of this object if the process ends by itself, after printing that
  // to standard error. Call it once. The action must not destroy this object.
  void OnDeath(std::function<void()> action);
  // Thread-safe.
  bool died() const { return died_; }

  const std::string& endpoint_url() const { return endpoint_url_; }
  const std::string& region() const { return region_; }
  const std::string& access_key_id() const { return access_key_id_; }
  const std::string& secret_access_key() const { return secret_access_key_; }
  std::uint16_t ssh_port() const { return ssh_port_; }
  // The address with which this process appears to the cloud's machines.
  const std::string& client_address() const { return client_address_; }
  // Set if they are virtual machines.
  const std::optional<LocalMachines>& machines() const { return machines_; }
  pid_t pid() const { return pid_; }

 private:
  void ReadGreeting(const std::stop_token& stop);
  std::string ReadLine(const std::stop_token& stop) const;
  [[noreturn]] void ThrowNoGreeting() const;
  bool WaitForDeath(const std::stop_token& ending) const;
  // Returns "exit status 2" or "killed by signal 9 (SIGKILL)". Requires: the process has ended.
  std::string DescribeDeath() const;
  void End();

  const bool has_virtual_machines_;
  pid_t pid_ = -1;
  aws::UniqueFd process_;  // becomes readable when the process ends
  int output_ =
      -1;  // its standard output; open until the end, so that it never writes into a closed pipe
  std::string endpoint_url_;
  std::string region_;
  std::string access_key_id_;
  std::string secret_access_key_;
  std::uint16_t ssh_port_ = 0;
  std::string client_address_ = "127.0.0.1";
  std::optional<LocalMachines> machines_;
  std::atomic<bool> died_ = false;
  std::jthread watcher_;
};

}  // namespace suites
