// Waiting for what other threads and processes do.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace test_support {

// Blocks until `holds` returns true; calls it every few milliseconds. After `limit` it throws
// "`what` did not come within ...", which fails the test. The default is longer than anything takes
// on a busy machine.
template <typename Holds>
void WaitUntil(const std::string& what, Holds holds,
               std::chrono::seconds limit = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error(what + " did not come within " + std::to_string(limit.count()) +
                               " s");
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

}  // namespace test_support
