// A blocking SSH client for tests. It uses libssh2, not the server's libssh, so that a wrong use of
// libssh does not go unnoticed.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace localcloud {

// Creates a new Ed25519 key.
struct TestKey {
  TestKey() {
    ssh_key key = nullptr;
    char* text = nullptr;
    if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK ||
        ssh_pki_export_privkey_base64(key, nullptr, nullptr, nullptr, &text) != SSH_OK) {
      throw std::runtime_error("no key");
    }
    // libssh writes one long line, which libssh2 cannot read.
    private_pem = text;
    std::size_t line = private_pem.find('\n') + 1;
    while (private_pem.find('\n', line) - line > 70) {
      private_pem.insert(line + 70, "\n");
      line += 71;
    }
    ssh_string_free_char(text);
    ssh_pki_export_pubkey_base64(key, &text);
    public_line = std::string("ssh-ed25519 ") + text + " test";
    ssh_string_free_char(text);
    ssh_key_free(key);
  }
  std::string private_pem;
  std::string public_line;
};

// Returns 0 if connected, otherwise errno (ETIMEDOUT after `patience`).
inline int TryConnect(const std::string& address, int port, int* fd,
                      std::chrono::milliseconds patience = std::chrono::milliseconds(200)) {
  *fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  int error = connect(*fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd wait{*fd, POLLOUT, 0};
    socklen_t length = sizeof error;
    if (poll(&wait, 1, static_cast<int>(patience.count())) == 0) {
      error = ETIMEDOUT;
    } else {
      getsockopt(*fd, SOL_SOCKET, SO_ERROR, &error, &length);
    }
  }
  if (error != 0) {
    close(*fd);
    *fd = -1;
  } else {
    fcntl(*fd, F_SETFL, 0);
    const int on = 1;
    setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on,
               sizeof on);  // otherwise each small packet may wait 40 ms for an ACK
  }
  return error;
}

struct CommandResult {
  std::string out;
  std::string err;
  int status = -1;  // -1: none received
  std::string signal;
};

// One connection. Calls block for at most 60 s. Throws std::runtime_error if the connection breaks.
class SshTestClient {
 public:
  SshTestClient(const std::string& address, int port) {
    static std::once_flag once;
    std::call_once(once, [] { libssh2_init(0); });
    const int error = TryConnect(address, port, &fd_, std::chrono::seconds(10));
    if (error != 0) throw std::runtime_error(std::string("connect: ") + std::strerror(error));
    session_ = libssh2_session_init();
    libssh2_session_set_timeout(session_, 60000);
    const int rc = libssh2_session_handshake(session_, fd_);
    if (rc != 0) {
      Free();
      throw std::runtime_error("handshake: " + std::to_string(rc));
    }
  }
  ~SshTestClient() { Free(); }
  SshTestClient(const SshTestClient&) = delete;
  SshTestClient& operator=(const SshTestClient&) = delete;

  // Returns 0 or libssh2's error (-18: rejected).
  int Login(const TestKey& key, const std::string& user = "ec2-user") {
    return libssh2_userauth_publickey_frommemory(session_, user.c_str(), user.size(), nullptr, 0,
                                                 key.private_pem.c_str(), key.private_pem.size(),
                                                 nullptr);
  }

  CommandResult Run(const std::string& command, const std::string& input = "") {
    LIBSSH2_CHANNEL* channel = Open(command);
    std::size_t written = 0;
    CommandResult result;
    libssh2_session_set_blocking(session_, 0);
    bool ended = false;
    bool eof_sent = false;
    while (!ended) {
      bool progress = false;
      if (written < input.size()) {
        const ssize_t n =
            libssh2_channel_write(channel, input.data() + written, input.size() - written);
        if (n > 0) written += static_cast<std::size_t>(n), progress = true;
      } else if (!eof_sent) {
        eof_sent = libssh2_channel_send_eof(channel) == 0;
      }
      progress |= ReadSome(channel, 0, &result.out);
      progress |= ReadSome(channel, SSH_EXTENDED_DATA_STDERR, &result.err);
      ended = libssh2_channel_eof(channel) != 0;
      if (!progress && !ended) Wait();
    }
    libssh2_session_set_blocking(session_, 1);
    Finish(channel, &result);
    return result;
  }
  // Starts a command without waiting for it.
  LIBSSH2_CHANNEL* Open(const std::string& command, bool terminal = false) {
    LIBSSH2_CHANNEL* channel = libssh2_channel_open_session(session_);
    if (channel == nullptr) throw std::runtime_error("no channel");
    if (terminal && libssh2_channel_request_pty(channel, "xterm") != 0)
      throw std::runtime_error("no terminal");
    const int rc = command.empty() ? libssh2_channel_shell(channel)
                                   : libssh2_channel_exec(channel, command.c_str());
    if (rc != 0) throw std::runtime_error("exec: " + std::to_string(rc));
    return channel;
  }
  void Finish(LIBSSH2_CHANNEL* channel, CommandResult* result) {
    // libssh2 reports status 0 if it received none. Only after a proper close is it a real status.
    if (libssh2_channel_wait_closed(channel) == 0) {
      result->status = libssh2_channel_get_exit_status(channel);
      char* signal = nullptr;
      libssh2_channel_get_exit_signal(channel, &signal, nullptr, nullptr, nullptr, nullptr,
                                      nullptr);
      if (signal != nullptr) result->signal = signal;
      libssh2_free(session_, signal);
    }
    libssh2_channel_free(channel);
  }
  int fd() const { return fd_; }
  LIBSSH2_SESSION* session() const { return session_; }

 private:
  bool ReadSome(LIBSSH2_CHANNEL* channel, int stream, std::string* to) {
    char chunk[32768];
    const ssize_t n = libssh2_channel_read_ex(channel, stream, chunk, sizeof chunk);
    if (n > 0) to->append(chunk, static_cast<std::size_t>(n));
    if (n < 0 && n != LIBSSH2_ERROR_EAGAIN) throw std::runtime_error("read: " + std::to_string(n));
    return n > 0;
  }
  void Wait() {
    const int directions = libssh2_session_block_directions(session_);
    pollfd wait{fd_, POLLIN, 0};
    if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0) wait.events |= POLLOUT;
    if (poll(&wait, 1, 60000) == 0) throw std::runtime_error("no answer for 60 s");
  }
  void Free() {
    if (session_ != nullptr) libssh2_session_free(session_);
    session_ = nullptr;
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  int fd_ = -1;
  LIBSSH2_SESSION* session_ = nullptr;
};

}  // namespace localcloud
