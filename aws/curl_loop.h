// Carries out the exchanges of all connections in one thread. Internal to aws/.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "aws/timing.h"

namespace aws {

// A multi handle of libcurl, driven by epoll. Its cost does not depend on how many connections are
// idle or waiting. Thread-safe.
class CurlLoop {
 public:
  // Called in the loop's thread, once, with libcurl's result and the time when the loop saw the
  // end. Must not block.
  using OnEnd = std::function<void(CURLcode result, Clock::time_point ended)>;

  // The process's loop for all requests, started by the first call. Throws std::system_error or
  // std::runtime_error.
  static CurlLoop& Shared();
  // Another one, for requests that may use no connection that has been idle for long. (libcurl
  // closes all connections that are too old for a request, also those that others could use.)
  static CurlLoop& SharedForFresh();

  // Returns a number for one exchange.
  std::uint64_t NewNumber();
  struct Exchange {
    std::uint64_t number;
    CURL* easy;  // lives, with all that it points to, until on_end() is called
    OnEnd on_end;
  };
  // Starts exchanges at the same moment, so that each has a connection of its own. Uses
  // CURLOPT_PRIVATE.
  void Start(std::vector<Exchange> exchanges);
  // Ends an exchange with CURLE_ABORTED_BY_CALLBACK and closes its connection. Does nothing if it
  // has not been started, or has ended. Returns at once.
  void Cancel(std::uint64_t number);

  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

 private:
  class Impl;
  CurlLoop();
  ~CurlLoop();
  std::unique_ptr<Impl> impl_;
};

}  // namespace aws
