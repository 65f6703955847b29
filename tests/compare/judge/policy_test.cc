#include "compare/judge/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "compare/input/input_error.h"

namespace launch_compare {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Policy, GatesRealTimeOnlyUnlessTold) {
  const Policy policy({0.1, 25});
  EXPECT_TRUE(policy.RuleFor("Cold", "real_time").gated);
  EXPECT_FALSE(policy.RuleFor("Cold", "api_calls").gated);
  EXPECT_FALSE(policy.RuleFor("Cold", "cpu_time").gated);
  EXPECT_EQ(policy.RuleFor("Cold", "api_ms").margin.relative, 0.1);
  EXPECT_EQ(policy.RuleFor("Cold", "api_ms").margin.milliseconds, 25);
}

TEST(Policy, LetsTheLastMatchingRuleWinSettingBySetting) {
  Policy policy;
  policy.AddJson(
      R"({"rules":[{"benchmark":"Burst/.*","max_regression":"10%","max_regression_ms":250,"max_failure_rate_rise":"2%"},
                              {"benchmark":"Burst/8","max_regression":0.2},
                              {"benchmark":".*","metric":"api_calls","max_regression":"0%"},
                              {"benchmark":"Region/.*","gate":false}]})",
      "p.json");
  const GateRule burst = policy.RuleFor("Burst/8", "real_time");
  EXPECT_TRUE(burst.gated);
  EXPECT_EQ(burst.margin.relative, 0.2);
  EXPECT_EQ(burst.margin.milliseconds, 250);
  EXPECT_EQ(burst.max_failure_rate_rise, 0.02);
  EXPECT_EQ(policy.RuleFor("Burst/80", "real_time").margin.relative, 0.1);
  EXPECT_EQ(policy.RuleFor("MyBurst/8", "real_time").margin.relative, 0.05)
      << "the whole name must match";
  EXPECT_TRUE(policy.RuleFor("Cold", "api_calls").gated);
  EXPECT_EQ(policy.RuleFor("Cold", "api_calls").margin.relative, 0);
  EXPECT_FALSE(policy.RuleFor("Region/us-east-1", "real_time").gated);
  const Policy::Known known = {{"Burst/4", {"real_time"}}, {"Cold", {"real_time", "api_calls"}}};
  EXPECT_THAT(policy.UnusedRules(known),
              testing::ElementsAre(
                  "policy rule 2 (Burst/8 real_time): matches no benchmark: did you mean Burst/4?",
                  "policy rule 4 (Region/.* real_time): matches no benchmark"));
}

TEST(Policy, RefusesWhatItDoesNotKnow) {
  const auto add = [](const std::string& text) { Policy().AddJson(text, "p.json"); };
  const auto throws = [](const std::string& part) {
    return ThrowsMessage<InputError>(HasSubstr(part));
  };
  EXPECT_THAT([&] { add("{"); }, throws("p.json: not a policy"));
  EXPECT_THAT([&] { add("[]"); }, throws("not a policy"));
  EXPECT_THAT([&] { add(R"({"rules":[],"more":1})"); }, throws("not a policy"));
  EXPECT_THAT([&] { add(R"({"rules":[{}]})"); }, throws("rule 1: names no \"benchmark\""));
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"("}]})"); },
              throws("rule 1: ( is no regular expression"));
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"A","max_regresion":"5%"}]})"); },
              throws("max_regresion: there is no such setting: did you mean max_regression?"));
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"A","gate":"no"}]})"); },
              throws("rule 1, gate: \"no\" is not true or false"));
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"A","direction":"up"}]})"); },
              throws("rule 1, direction: \"up\" is not \"lower\" or \"higher\""));
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"A","direction":"higher"}]})"); },
              throws("for real_time lower is better, and nothing can change that"));
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"A","metric":"total"}]})"); },
              throws("files call the total real_time"));
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"A","max_regression":"5 percent"}]})"); },
              throws("is no share"));
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"A","max_regression_ms":"5"}]})"); },
              throws("number of milliseconds"));
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"A","max_regression_ms":-5}]})"); },
              throws("number of milliseconds"));
  for (const std::string value :
       {"1e400", "1e308", "NaN", "Infinity", "0x10", "\"nan\"", "\"1e400\"", "\"1e308%\""}) {
    EXPECT_THROW(add(R"({"rules":[{"benchmark":"A","max_regression":)" + value + "}]}"),
                 InputError);
    EXPECT_THROW(add(R"({"rules":[{"benchmark":"A","max_regression_ms":)" + value + "}]}"),
                 InputError);
  }
  EXPECT_THAT([&] { add(R"({"rules":[{"benchmark":"A","metric":"widgets"}]})"); },
              throws("widgets is better is not known"));
  EXPECT_THAT([&] { Policy().AddFile("/nonexistent.json"); },
              throws("/nonexistent.json: cannot be read"));
}

TEST(ParseShare, AsksWhetherFiveMeansPercent) {
  EXPECT_THAT([] { ParseShare("5", "--max_regression"); },
              ThrowsMessage<InputError>("--max_regression: 5 would be 500%: write 5% or 500%"));
  EXPECT_DOUBLE_EQ(ParseShare("500%", ""), 5);
}

TEST(ParseDuration, WantsAUnit) {
  EXPECT_DOUBLE_EQ(ParseDuration("20s", ""), 20000);
  EXPECT_DOUBLE_EQ(ParseDuration("1500ms", ""), 1500);
  EXPECT_DOUBLE_EQ(ParseDuration("0.5m", ""), 30000);
  for (const std::string bad :
       {"", "s", "20", "20 s", "-1s", "0s", "nan", "infs", "1e400s", "1e308ms", "1e307s", "20h"})
    EXPECT_THROW(ParseDuration(bad, ""), InputError) << bad;
}

TEST(ParseShare, TakesPercentAndFraction) {
  EXPECT_DOUBLE_EQ(ParseShare("5%", ""), 0.05);
  EXPECT_DOUBLE_EQ(ParseShare("0.05", ""), 0.05);
  EXPECT_DOUBLE_EQ(ParseShare("0%", ""), 0);
  for (const std::string bad :
       {"", "%", "5%%", "-5%", "5", "1", "nan", "inf", "1e308%", "five", "5 %"})
    EXPECT_THROW(ParseShare(bad, ""), InputError) << bad;
}

}  // namespace
}  // namespace launch_compare
