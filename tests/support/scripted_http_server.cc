#include "tests/support/scripted_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <utility>

namespace test_support {
namespace {

using namespace std::chrono_literals;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string Decode(const std::string& text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      decoded += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

// Reads one request at a time from a socket.
class RequestReader {
 public:
  explicit RequestReader(int fd) : fd_(fd) {}

  std::optional<ScriptedRequest> Read() {
    const auto head_end = ReadUntil("\r\n\r\n");
    if (!head_end) return std::nullopt;
    ScriptedRequest request = ParseHead(buffer_.substr(0, *head_end));
    buffer_.erase(0, *head_end + 4);
    const auto length = request.headers.find("content-length");
    const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (buffer_.size() < size) {
      if (!ReadMore()) return std::nullopt;
    }
    request.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    request.received = std::chrono::steady_clock::now();
    return request;
  }

 private:
  static ScriptedRequest ParseHead(const std::string& head) {
    ScriptedRequest request;
    std::size_t line_end = head.find("\r\n");
    const std::string first = head.substr(0, line_end);
    const std::size_t space = first.find(' ');
    request.method = first.substr(0, space);
    request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
    while (line_end != std::string::npos) {
      const std::size_t start = line_end + 2;
      line_end = head.find("\r\n", start);
      const std::string line = head.substr(start, line_end - start);
      const std::size_t colon = line.find(':');
      const std::size_t value = line.find_first_not_of(" \t", colon + 1);
      request.headers[Lower(line.substr(0, colon))] =
          value == std::string::npos ? "" : line.substr(value);
    }
    return request;
  }

  std::optional<std::size_t> ReadUntil(const char* mark) {
    while (true) {
      const std::size_t at = buffer_.find(mark);
      if (at != std::string::npos) return at;
      if (!ReadMore()) return std::nullopt;
    }
  }

  bool ReadMore() {
    char chunk[16384];
    const ssize_t size = recv(fd_, chunk, sizeof(chunk), 0);
    if (size <= 0) return false;
    buffer_.append(chunk, static_cast<std::size_t>(size));
    return true;
  }

  int fd_;
  std::string buffer_;
};

bool SendAll(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return false;
    sent += static_cast<std::size_t>(size);
  }
  return true;
}

// Closes a socket with RST instead of FIN.
void MakeCloseReset(int fd) {
  const linger abort{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
}

}  // namespace

std::string ScriptedRequest::Parameter(const std::string& name) const {
  std::size_t start = 0;
  while (start <= body.size()) {
    const std::size_t end = std::min(body.find('&', start), body.size());
    const std::string pair = body.substr(start, end - start);
    const std::size_t equals = pair.find('=');
    if (equals != std::string::npos && Decode(pair.substr(0, equals)) == name) {
      return Decode(pair.substr(equals + 1));
    }
    start = end + 1;
  }
  return "";
}

ScriptedHttpServer::ScriptedHttpServer(std::vector<ScriptedAnswer> script)
    : ScriptedHttpServer([](const ScriptedRequest&) { return ScriptedAnswer{}; }) {
  const std::lock_guard lock(mutex_);
  script_.assign(script.begin(), script.end());
}

ScriptedHttpServer::ScriptedHttpServer(Fallback fallback) : fallback_(std::move(fallback)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 128) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the scripted server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { Accept(); });
}

ScriptedHttpServer::~ScriptedHttpServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int fd : open_fds_) shutdown(fd, SHUT_RDWR);
  }
  changed_.notify_all();
  shutdown(listener_, SHUT_RDWR);  // wakes the accepting thread
  acceptor_.join();
  threads_.clear();
  close(listener_);
}

std::string ScriptedHttpServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::size_t ScriptedHttpServer::open_connections() const {
  const std::lock_guard lock(mutex_);
  return open_fds_.size();
}

std::vector<ScriptedRequest> ScriptedHttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool ScriptedHttpServer::WaitForRequests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, 60s, [&] { return requests_.size() >= count; });
}

void ScriptedHttpServer::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    const std::lock_guard lock(mutex_);
    if (ending_) {
      close(fd);
      return;
    }
    open_fds_.push_back(fd);
    const int connection = ++connection_count_;
    threads_.emplace_back([this, fd, connection] { Serve(fd, connection); });
  }
}

void ScriptedHttpServer::Serve(int fd, int connection) {
  RequestReader reader(fd);
  while (auto request = reader.Read()) {
    request->connection = connection;
    const ScriptedAnswer answer = NextAnswer(*request);
    if (!Sleep(answer.delay) || !Send(fd, answer)) break;
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_fds_, fd);
  close(fd);
}

ScriptedAnswer ScriptedHttpServer::NextAnswer(const ScriptedRequest& request) {
  ScriptedAnswer answer;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (script_.empty()) {
      answer = fallback_(request);
    } else {
      answer = std::move(script_.front());
      script_.pop_front();
    }
  }
  changed_.notify_all();
  return answer;
}

bool ScriptedHttpServer::Send(int fd, const ScriptedAnswer& answer) {
  using Fault = ScriptedAnswer::Fault;
  if (answer.fault == Fault::kHang) {
    Sleep(1h);
    return false;
  }
  if (answer.fault == Fault::kResetBeforeAnswer) {
    MakeCloseReset(fd);
    return false;
  }
  std::string bytes = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\n";
  for (const std::string& header : answer.headers) bytes += header + "\r\n";
  bytes += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
  if (answer.fault == Fault::kResetMidBody) {
    bytes.resize(bytes.size() - answer.body.size() / 2);
    SendAll(fd, bytes);
    Sleep(20ms);  // so that the client reads the answer before the reset discards it
    MakeCloseReset(fd);
    return false;
  }
  return SendAll(fd, bytes) && answer.fault != Fault::kCloseAfter;
}

bool ScriptedHttpServer::Sleep(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, duration, [this] { return ending_; });
}

}  // namespace test_support
