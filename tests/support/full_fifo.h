// A pipe whose reader never reads.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

namespace test_support {

// Fills a FIFO: from construction to destruction, every write to it blocks.
class FullFifo {
 public:
  // Requires: `path` is a FIFO. Throws std::runtime_error if it cannot be filled.
  explicit FullFifo(const std::string& path)
      : reader_(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    const int writer = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (writer < 0) throw std::runtime_error("cannot open " + path);
    fcntl(writer, F_SETPIPE_SZ, 4096);
    const std::array<char, 4096> block{};
    while (write(writer, block.data(), block.size()) > 0) {
    }
    close(writer);
  }
  ~FullFifo() { close(reader_); }
  FullFifo(const FullFifo&) = delete;
  FullFifo& operator=(const FullFifo&) = delete;

 private:
  const int reader_;
};

}  // namespace test_support
