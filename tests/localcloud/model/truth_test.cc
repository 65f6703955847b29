#include "localcloud/model/truth.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace localcloud {
namespace {

// A signed request may name any action.
TEST(TruthTest, IsJsonWhateverAClientSent) {
  Truth truth;
  truth.AddCall("\xff\"\n", "us-west-2", Clock::time_point{}, Clock::time_point{}, "InvalidAction");
  const auto read = nlohmann::json::parse(truth.Json(), nullptr, false);
  ASSERT_TRUE(read.is_array());
  EXPECT_EQ(read.at(0).at("action"), "\xef\xbf\xbd\"\n");
  EXPECT_EQ(read.at(0).at("error"), "InvalidAction");
}

}  // namespace
}  // namespace localcloud
