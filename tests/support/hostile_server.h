// A server that sends bytes without end. The bytes that a test gives it make it an SSH server,
// Redis or an HTTP endpoint. It uses plain sockets, and drops everything that it receives.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace test_support {

struct HostileScript {
  std::string opening = {};            // sent once to each connection
  std::string repeated = {};           // then sent again and again, as fast as the client takes it
  std::chrono::milliseconds pause{0};  // after each repetition
};

// "SSH-2.0-Test_1.0\r\n"
extern const std::string kSshBanner;
// Returns an SSH binary packet as it looks before encryption begins (RFC 4253, section 6).
std::string SshPacket(std::string_view payload);
// Returns an SSH string: its length, then its bytes.
std::string SshString(std::string_view text);
// Returns a KEXINIT payload that offers these name lists, and otherwise algorithms that every
// client knows.
std::string KexInit(std::string_view key_exchange,
                    std::string_view host_keys = "ssh-ed25519,ssh-rsa",
                    std::string_view ciphers = "aes128-ctr");

// Accepts connections from `listener` until destroyed, one thread per connection. The caller keeps
// `listener`.
class HostileServer {
 public:
  HostileServer(int listener, HostileScript script);
  ~HostileServer();

  std::uint64_t sent() const { return sent_; }  // bytes, on all connections
  int connections() const { return accepted_; }

 private:
  void Accept(const std::stop_token& stop);
  void Flood(int socket, const std::stop_token& stop);

  const int listener_;
  const HostileScript script_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<int> accepted_{0};
  std::vector<std::jthread> connections_;  // used by the accepting thread only
  std::jthread acceptor_;
};

}  // namespace test_support
