// A TCP port of 127.0.0.1 that a test can filter, close and open, like the port of a booting
// machine.
#pragma once

#include <cstdint>
#include <set>

#include "aws/unique_fd.h"
#include "fixtures/timeline/timeline.h"

namespace test_support {

// Closed at first. No other process can take the port while the object exists. Each change returns
// the times right before and right after it, so that the event lies between them.
class TestPort {
 public:
  struct Change {
    fixtures::Clock::time_point begun;
    fixtures::Clock::time_point done;
  };

  TestPort();  // throws std::system_error

  std::uint16_t port() const { return port_; }
  // Drops SYNs: the accept queue of the listener is full. Requires: the port is closed.
  Change Filter();
  Change Close();  // answers with RST
  Change Open();
  int listener() const { return open_.get(); }  // accepts connections while the port is open

 private:
  std::uint16_t port_ = 0;
  // Both are bound from the start, so that no other process takes the port between two states.
  aws::UniqueFd filter_;
  aws::UniqueFd open_;
  aws::UniqueFd queue_filler_;
};

// Returns the IPv4 port to which the socket `fd` is bound.
std::uint16_t PortOf(int fd);
// Returns a blocking connection to `port` of 127.0.0.1.
aws::UniqueFd ConnectTo(std::uint16_t port);
// Returns the local ports of connections to `port` whose SYN has not been answered.
std::set<unsigned> SynsUnderWay(std::uint16_t port);
// Returns the number of open descriptors of this process.
int OpenDescriptors();

}  // namespace test_support
