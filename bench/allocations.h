// Counts what this program allocates with operator new, which allocations.cc replaces.
#pragma once

#include <cstdint>

namespace bench {

// What the calling thread has allocated so far. Other threads do not count: the servers that
// answer the benchmarks run in this process. Neither does malloc, so that the counts do not depend
// on how OpenSSL, libcurl, libssh2 and pugixml allocate.
struct Allocations {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
};

Allocations AllocationsSoFar();

}  // namespace bench
