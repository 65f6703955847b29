// The local cloud as a child process.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "aws/unique_fd.h"
#include "suites/command/local_cloud_settings.h"

namespace suites {

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

  // Calls `action`, from a thread of this object, when the process ends by itself; a line on
  // standard error has said so by then. To be called once. The action must not destroy this object.
  void OnDeath(std::function<void()> action);
  // Thread-safe.
  bool died() const { return died_; }

  const std::string& endpoint_url() const { return endpoint_url_; }
  const std::string& region() const { return region_; }
  const std::string& access_key_id() const { return access_key_id_; }
  const std::string& secret_access_key() const { return secret_access_key_; }
  std::uint16_t ssh_port() const { return ssh_port_; }
  pid_t pid() const { return pid_; }

 private:
  void ReadGreeting();
  [[noreturn]] void ThrowNoGreeting() const;
  bool WaitForDeath(const std::stop_token& ending) const;
  // "exit status 2", "killed by signal 9 (SIGKILL)", of a process that has ended.
  std::string DescribeDeath() const;
  void End();

  pid_t pid_ = -1;
  aws::UniqueFd process_;  // becomes readable when it ends
  int output_ =
      -1;  // its standard output; open until the end, so that it never writes into a closed pipe
  std::string endpoint_url_;
  std::string region_;
  std::string access_key_id_;
  std::string secret_access_key_;
  std::uint16_t ssh_port_ = 0;
  std::atomic<bool> died_ = false;
  std::jthread watcher_;
};

}  // namespace suites
