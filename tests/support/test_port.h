// A TCP port of 127.0.0.1 that can be filtered, closed and open, as a booting machine's.
#pragma once

#include <cstdint>
#include <vector>

#include "aws/unique_fd.h"
#include "fixtures/timeline/timeline.h"

namespace test_support {

// Closed at first, and never anybody else's while the object lives. Each change returns the moments
// right before and right after it, so that the event lies between them.
class TestPort {
 public:
  struct Change {
    fixtures::Clock::time_point begun;
    fixtures::Clock::time_point done;
  };

  TestPort();  // throws std::system_error

  std::uint16_t port() const { return port_; }
  // SYNs are dropped: a listener whose accept queue is full. Only from closed.
  Change Filter();
  Change Close();  // RST
  Change Open();
  int listener() const { return open_.get(); }  // to accept from, once open

 private:
  std::uint16_t port_ = 0;
  // Both bound from the start, so that nobody takes the port between two states.
  aws::UniqueFd filter_;
  aws::UniqueFd open_;
  aws::UniqueFd queue_filler_;
};

// The port of IPv4 that `fd`, a socket, is bound to.
std::uint16_t PortOf(int fd);
// A connection to `port` of 127.0.0.1, blocking.
aws::UniqueFd ConnectTo(std::uint16_t port);
// How many descriptors this process has open.
int OpenDescriptors();

}  // namespace test_support
