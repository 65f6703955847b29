#include "tests/support/hostile_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "aws/unique_fd.h"

namespace test_support {
namespace {

constexpr int kHostileTurnMs = 20;  // how often the threads check for a stop
constexpr std::size_t kAtOnce = std::size_t{64} * 1024;

void AppendNumber(std::string& to, std::uint32_t number) {
  for (const int shift : {24, 16, 8, 0}) to += static_cast<char>(number >> shift & 0xff);
}

// Reads and drops what the client sent. Returns false if the client has disconnected.
bool Drain(int socket) {
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) {
  }
  return got < 0 && errno == EAGAIN;
}

}  // namespace

const std::string kSshBanner = "SSH-2.0-Test_1.0\r\n";

std::string SshString(std::string_view text) {
  std::string encoded;
  AppendNumber(encoded, static_cast<std::uint32_t>(text.size()));
  return encoded.append(text);
}

std::string SshPacket(std::string_view payload) {
  std::size_t padding = 8 - (5 + payload.size()) % 8;
  if (padding < 4) padding += 8;
  std::string packet;
  AppendNumber(packet, static_cast<std::uint32_t>(1 + payload.size() + padding));
  packet += static_cast<char>(padding);
  packet.append(payload).append(padding, '\0');
  return packet;
}

std::string KexInit(std::string_view key_exchange, std::string_view host_keys,
                    std::string_view ciphers) {
  std::string payload("\x14");
  payload.append(16, 'c');  // the cookie
  payload += SshString(key_exchange) + SshString(host_keys);
  for (const std::string_view both_ways : {ciphers, {"hmac-sha2-256"}, {"none"}, {}}) {
    payload += SshString(both_ways) + SshString(both_ways);
  }
  payload += '\0';          // no guessed key exchange packet follows
  payload.append(4, '\0');  // reserved
  return payload;
}

HostileServer::HostileServer(int listener, HostileScript script)
    : listener_(listener),
      script_(std::move(script)),
      acceptor_([this](const std::stop_token& stop) { Accept(stop); }) {}

HostileServer::~HostileServer() {
  acceptor_.request_stop();
  acceptor_.join();
  for (std::jthread& connection : connections_) connection.request_stop();
}

void HostileServer::Accept(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd state{listener_, POLLIN, 0};
    if (::poll(&state, 1, kHostileTurnMs) <= 0) continue;
    aws::UniqueFd socket(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) continue;
    ++accepted_;
    connections_.emplace_back(
        [this](const std::stop_token& end, aws::UniqueFd client) { Flood(client.get(), end); },
        std::move(socket));
  }
}

void HostileServer::Flood(int socket, const std::stop_token& stop) {
  std::string block = script_.repeated;
  if (script_.pause.count() == 0 && !block.empty()) {
    while (block.size() < kAtOnce) block += script_.repeated;
  }
  std::string_view left = script_.opening;
  while (!stop.stop_requested()) {
    if (left.empty()) left = block;
    pollfd state{socket, static_cast<short>(left.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    if (::poll(&state, 1, kHostileTurnMs) <= 0) continue;
    if ((state.revents & POLLIN) != 0 && !Drain(socket)) return;
    if ((state.revents & POLLOUT) == 0) continue;
    const ssize_t sent = ::send(socket, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0) return;
    sent_ += static_cast<std::uint64_t>(sent);
    left.remove_prefix(static_cast<std::size_t>(sent));
    if (left.empty()) std::this_thread::sleep_for(script_.pause);
  }
}

}  // namespace test_support
