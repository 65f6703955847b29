// A real OpenSSH server on loopback, for one test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

namespace test_support {

// Has its own host key, configuration and authorized_keys in a temporary directory, and no PAM.
// Only the account that runs the tests can log in (sshd needs root for any other).
class TestSshd {
 public:
  // Returns nullptr if OpenSSH's server is not installed, or if the account has no name. Throws
  // std::runtime_error if it does not start. `host_key_type` as ssh-keygen -t names it; `more` is
  // added to its configuration.
  static std::unique_ptr<TestSshd> Start(const std::string& host_key_type = "ed25519",
                                         const std::string& more = "");
  ~TestSshd();
  TestSshd(const TestSshd&) = delete;
  TestSshd& operator=(const TestSshd&) = delete;

  std::uint16_t port() const { return port_; }
  const std::string& user() const { return user_; }
  void Authorize(const std::string& public_line);  // adds a line to authorized_keys
  std::string HostKeyFingerprint() const;          // as ssh-keygen prints it
  int RefusedKeys() const;                         // how many logins it has refused so far

 private:
  TestSshd() = default;

  std::string directory_;
  std::string user_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace test_support
