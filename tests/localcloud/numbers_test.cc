// Invalid numbers given to `localcloud serve`: refused in one line, with exit code 2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "localcloud/loop/temporary_directory.h"
#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"

namespace localcloud {
namespace {

using testing::HasSubstr;

class NumbersTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_.path() + "/" + name) << text;
    return directory_.path() + "/" + name;
  }

  void ExpectRefused(const std::string& flag, const std::string& named) const {
    test_support::ChildProcess cloud({test_support::ProgramPath("localcloud"), "serve", flag});
    EXPECT_EQ(cloud.Wait(), 2) << flag;
    const std::string errors = cloud.errors();
    EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << errors;
    EXPECT_THAT(errors, HasSubstr(named)) << flag;
    EXPECT_EQ(cloud.output(), "");
  }

  const TemporaryDirectory directory_;
};

TEST_F(NumbersTest, FlagsTakeDecimalNumbersOnly) {
  for (const std::string flag : {"--time_scale", "--rtt", "--port", "--ssh_port", "--seed"}) {
    for (const std::string value : {"nan", "-nan", "inf", "-inf", "1e400", "-1", "0x10", "0x1p3",
                                    "1 s 2", "1,5", "99999999999999999999", "one", " 1", ""}) {
      if (value.empty() && flag == "--rtt") continue;  // the default
      ExpectRefused(flag + "=" + value, flag);
    }
  }
  for (const std::string flag : {"--port=010", "--seed=007", "--ssh_port=65536", "--seed=1.5"})
    ExpectRefused(flag, flag.substr(0, flag.find('=')));
}

TEST_F(NumbersTest, FaultsFilesTakeDecimalNumbersOnly) {
  const std::vector<std::string> entries = {R"("fault": "hidden_ids", "ms": )",
                                            R"("fault": "clock_skew", "ms": )",
                                            R"("fault": "sshd_reset", "skip": )",
                                            R"("fault": "sshd_reset", "times": )",
                                            R"("action": "*", "error": "E", "http_status": )",
                                            R"("fault": "throttle", "action": "*", "burst": 1,
                                              "per_second": )",
                                            R"("fault": "throttle", "action": "*", "per_second": 1,
                                              "burst": )"};
  for (const std::string& entry : entries) {
    for (const std::string value : {"NaN", "Infinity", "1e400", "\"nan\"", "0x10", "null", "[]"})
      ExpectRefused("--faults=" + Write("f.json", "[{" + entry + value + "}]"), "f.json");
  }
  // 2^64 - 5 would be -5 as a signed number.
  for (const std::string value : {"18446744073709551611", "9223372036854775808", "1e12", "1.5"})
    ExpectRefused("--faults=" + Write("f.json", "[{" + entries[1] + value + "}]"), "\"ms\"");
}

TEST_F(NumbersTest, ProfilesTakeDecimalNumbersOnly) {
  for (const std::string value :
       {"NaN", "-1", "1e400", "\"nan\"", "0x10", "1e300", "18446744073709551611", "3600001"}) {
    const std::string profile = R"({"name": "p", "base": "ec2", "description": "d", "lifecycle": {
        "stopping": {"mark": "assumed", "source": "a test", "constant_ms": )" +
                                value + "}}}";
    ExpectRefused("--profile=" + Write("p.json", profile), "p.json");
  }
}

}  // namespace
}  // namespace localcloud
