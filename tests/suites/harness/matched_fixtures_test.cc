#include "suites/harness/matched_fixtures.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "suites/command/command_line.h"
#include "suites/harness/registration.h"

namespace suites {
namespace {

using fixtures::LaunchFixture;
using testing::ElementsAre;

class NoLaunch : public LaunchFixture {
 public:
  using LaunchFixture::LaunchFixture;
  fixtures::Timeline Launch(fixtures::LaunchContext& /*launch*/) override {
    return fixtures::Timeline(fixtures::Clock::now());
  }
};

std::vector<LaunchFixture*> RegisterAll(const std::vector<std::string>& names) {
  std::vector<LaunchFixture*> registered;
  for (const std::string& name : names) Register<NoLaunch>(&registered, name);
  return registered;
}

std::vector<LaunchFixture*> Match(const std::string& filter,
                                  const std::vector<LaunchFixture*>& registered) {
  std::vector<LaunchFixture*> matched;
  for (const MatchedFixture& one :
       MatchFixtures({"launch_bench", "--benchmark_filter=" + filter}, registered))
    matched.push_back(one.fixture);
  return matched;
}

TEST(MatchFixturesTest, TellsNamesApartThatBeginAlike) {
  const auto all = RegisterAll({"Cold", "Cold/iterations:1/nested", "Colder"});
  EXPECT_THAT(Match("^Cold/iterations:1/manual_time$", all), ElementsAre(all[0]));
  EXPECT_THAT(Match("nested", all), ElementsAre(all[1]));
  EXPECT_THAT(Match("^Cold", all), ElementsAre(all[0], all[1], all[2]));
}

TEST(MatchFixturesTest, LeavesTheOtherArmOut) {
  const auto a = RegisterAll({"Cold", "Warm"});
  EXPECT_THAT(Match("Cold", a), ElementsAre(a[0]));
  NameArm("A", a);
  const auto b = RegisterAll({"Cold", "Warm"});
  EXPECT_THAT(Match("Cold|Warm", b), ElementsAre(b[0], b[1]));
}

TEST(MatchFixturesTest, RefusesWhatIsNoRegularExpression) {
  const auto all = RegisterAll({"Cold"});
  EXPECT_THROW(Match("(", all), UsageError);
  EXPECT_THAT(Match("Moon", all), testing::IsEmpty());
}

}  // namespace
}  // namespace suites
