// Carries out the exchanges of all connections in one thread. Internal to aws/.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "aws/timing.h"

namespace aws {

// A multi handle of libcurl, driven by epoll. Its cost does not depend on how many connections are
// idle or waiting. Thread-safe.
class CurlLoop {
 public:
  // Called in the loop's thread, once, with libcurl's result and the time when the loop saw the
  // end. Must not block.
  using OnEnd = std::function<void(CURLcode result, Clock::time_point ended)>;

  // The only one of this process. Started by the first call. Throws std::system_error or
  // std::runtime_error.
  static CurlLoop& Shared();

  // Returns a number for one exchange.
  std::uint64_t NewNumber();
  // Starts the exchange that `easy` describes. `easy`, and all that it points to, must live until
  // `on_end` is called. Uses CURLOPT_PRIVATE.
  void Start(std::uint64_t number, CURL* easy, OnEnd on_end);
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
