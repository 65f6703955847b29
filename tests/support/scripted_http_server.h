// A real HTTP/1.1 server on a loopback socket. It answers by a script, and records the requests. It
// uses plain threads and blocking sockets, and shares no code with the client or the local cloud.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace test_support {

struct ScriptedRequest {
  std::string method;                          // "POST"
  std::string target;                          // "/"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int connection = 0;  // the number of the connection, from 1
  std::chrono::steady_clock::time_point received{};

  // Returns the decoded value of a form parameter of the body; empty if it is missing.
  std::string Parameter(const std::string& name) const;
};

struct ScriptedAnswer {
  enum class Fault {
    kNone,
    kCloseAfter,  // sends the whole answer, then closes the connection without announcing it
    kResetMidBody,
    kResetBeforeAnswer,
    kHang,  // no answer; the connection stays open until the server ends
  };

  int status = 200;
  std::string body;
  std::vector<std::string> headers;    // "Name: value"
  std::chrono::milliseconds delay{0};  // between the end of the request and the start of the answer
  Fault fault = Fault::kNone;
};

// Answers requests in the order of the script. After the script's end every request gets the
// fallback. Thread-safe.
class ScriptedHttpServer {
 public:
  using Fallback = std::function<ScriptedAnswer(const ScriptedRequest&)>;

  explicit ScriptedHttpServer(std::vector<ScriptedAnswer> script = {});
  explicit ScriptedHttpServer(Fallback fallback);
  ~ScriptedHttpServer();  // closes every connection and joins its threads
  ScriptedHttpServer(const ScriptedHttpServer&) = delete;
  ScriptedHttpServer& operator=(const ScriptedHttpServer&) = delete;

  std::string url() const;  // "http://127.0.0.1:43210"
  std::uint16_t port() const { return port_; }
  int connections() const { return connection_count_; }
  std::size_t open_connections() const;  // of these, those that this side has not closed
  std::vector<ScriptedRequest> requests() const;
  // Blocks until `count` requests have come. Returns false after a minute.
  bool WaitForRequests(std::size_t count) const;

 private:
  void Accept();
  void Serve(int fd, int connection);
  ScriptedAnswer NextAnswer(const ScriptedRequest& request);
  bool Send(int fd, const ScriptedAnswer& answer);  // returns false if the connection has ended
  bool Sleep(std::chrono::milliseconds duration);   // returns false if the server is ending

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connection_count_{0};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool ending_ = false;
  std::deque<ScriptedAnswer> script_;
  Fallback fallback_;
  std::vector<ScriptedRequest> requests_;
  std::vector<int> open_fds_;
  std::vector<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace test_support
