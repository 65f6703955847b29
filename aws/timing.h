// The clock, and what one HTTP exchange took on it.
#pragma once

#include <chrono>

namespace aws {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC: the clock of every timestamp here

// curl's own split of one HTTP exchange, each counted from the start of that exchange.
// On a kept-alive connection name_lookup, connect and tls are zero. When the request left is not
// among them: curl's PRETRANSFER_TIME is taken after a small request was already written (seen with
// 7.88: up to 2 ms late on a busy machine); HttpExchange::sent_at is taken before.
struct CallTiming {
  std::chrono::microseconds name_lookup{};
  std::chrono::microseconds connect{};     // TCP handshake done
  std::chrono::microseconds tls{};         // TLS handshake done; zero for http://
  std::chrono::microseconds first_byte{};  // first byte of the answer
  std::chrono::microseconds total{};
  bool new_connection = false;
};

}  // namespace aws
