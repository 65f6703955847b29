// Where this build's programs and sources are.
#pragma once

#include <string>

namespace test_support {

// Returns the path of one of this build's programs, such as "localcloud". The environment variable
// LAUNCH_BENCH_BIN_DIR overrides the build directory (tests/support/as_ordinary_user).
std::string ProgramPath(const std::string& name);

// Returns the path of a file of the repository, such as "docs/localcloud.md".
std::string SourcePath(const std::string& file);

}  // namespace test_support
