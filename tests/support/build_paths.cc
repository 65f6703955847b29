#include "tests/support/build_paths.h"

#include <cstdlib>

namespace test_support {

std::string ProgramPath(const std::string& name) {
  const char* moved = std::getenv("LAUNCH_BENCH_BIN_DIR");
  return std::string(moved != nullptr ? moved : LAUNCH_BENCH_BIN_DIR) + "/" + name;
}

std::string SourcePath(const std::string& file) {
  return std::string(LAUNCH_BENCH_SOURCE_DIR) + "/" + file;
}

}  // namespace test_support
