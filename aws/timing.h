// The clock, and the times of one HTTP exchange.
#pragma once

#include <chrono>

namespace aws {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC: the clock of every timestamp here

// curl's own times of one HTTP exchange, each counted from the start of that exchange. On a
// kept-alive connection name_lookup, connect and tls are zero. The time at which the request left
// is not among them: curl takes PRETRANSFER_TIME after it has written a small request (seen with
// 7.88: up to 2 ms late on a busy machine). HttpExchange::sent_at is taken before.
struct CallTiming {
  std::chrono::microseconds name_lookup{};
  std::chrono::microseconds connect{};     // TCP handshake done
  std::chrono::microseconds tls{};         // TLS handshake done; zero for http://
  std::chrono::microseconds first_byte{};  // first byte of the answer
  std::chrono::microseconds total{};
  bool new_connection = false;
};

}  // namespace aws
