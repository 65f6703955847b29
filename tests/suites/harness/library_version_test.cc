// Tests library_version.h with the Run type of each library version. Only one version is installed.
#include "suites/harness/library_version.h"

#include <gtest/gtest.h>

#include <string>

namespace suites {
namespace {

// Google Benchmark 1.7.
struct RunOf17 {
  bool error_occurred = false;
  std::string error_message;
};

// Google Benchmark 1.8 and 1.9.
namespace of_18 {
enum Skipped { NotSkipped = 0, SkippedWithMessage, SkippedWithError };
struct Run {
  Skipped skipped = NotSkipped;
  std::string skip_message;
};
}  // namespace of_18

template <typename Run>
class LibraryVersionTest : public testing::Test {};
using Versions = testing::Types<RunOf17, of_18::Run, benchmark::BenchmarkReporter::Run>;
TYPED_TEST_SUITE(LibraryVersionTest, Versions);

TYPED_TEST(LibraryVersionTest, AFailureIsReadBackWithItsMessage) {
  TypeParam run;
  EXPECT_FALSE(HasFailed(run));
  SetFailed(&run, "no capacity");
  EXPECT_TRUE(HasFailed(run));
  EXPECT_EQ(FailureMessage(run), "no capacity");
}

// Since 1.8 a benchmark can be skipped without a failure.
TEST(LibraryVersionSkipTest, ASkippedRunHasNotFailed) {
  of_18::Run run;
  run.skipped = of_18::SkippedWithMessage;
  EXPECT_FALSE(HasFailed(run));
}

}  // namespace
}  // namespace suites
