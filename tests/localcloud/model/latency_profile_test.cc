#include "localcloud/model/latency_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "localcloud/model/built_in_profiles.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using ::testing::HasSubstr;

double Milliseconds(nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

TEST(Distribution, DrawsDependOnSeedAndKeyAlone) {
  const Distribution d{Distribution::Shape::kLognormal, 100, 0.2, 0};
  EXPECT_EQ(d.Draw(1, "a/0"), d.Draw(1, "a/0"));
  EXPECT_NE(d.Draw(1, "a/0"), d.Draw(1, "a/1"));
  EXPECT_NE(d.Draw(1, "a/0"), d.Draw(2, "a/0"));
}

TEST(Distribution, HasTheMomentsItStates) {
  constexpr int kDraws = 20000;
  const Distribution normal{Distribution::Shape::kNormal, 100, 10, 0};
  const Distribution lognormal{Distribution::Shape::kLognormal, 100, 0.2, 0};
  double sum = 0;
  double squares = 0;
  double log_sum = 0;
  double log_squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double n = Milliseconds(normal.Draw(7, std::to_string(i)));
    const double l = std::log(Milliseconds(lognormal.Draw(7, std::to_string(i))) / 100);
    sum += n;
    squares += (n - 100) * (n - 100);
    log_sum += l;
    log_squares += l * l;
  }
  // Five standard errors.
  EXPECT_NEAR(sum / kDraws, 100, 5 * 10 / std::sqrt(kDraws));
  EXPECT_NEAR(std::sqrt(squares / kDraws), 10, 0.3);
  EXPECT_NEAR(log_sum / kDraws, 0, 5 * 0.2 / std::sqrt(kDraws));
  EXPECT_NEAR(std::sqrt(log_squares / kDraws), 0.2, 0.006);
}

// The largest distance between the distribution functions of two samples (Kolmogorov, Smirnov).
double Distance(std::vector<double> a, std::vector<double> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double distance = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    (a[i] <= b[j] ? i : j) += 1;
    distance = std::max(distance, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                           static_cast<double>(j) / static_cast<double>(b.size())));
  }
  return distance;
}

// Draws by a machine's step and repetition instead of its number.
TEST(Distribution, DrawsByStepAreDistributedAsDrawsByNumber) {
  constexpr int kDraws = 2000;
  const Distribution d{Distribution::Shape::kLognormal, 52'000, 0.33, 0};
  std::vector<double> by_number;
  std::vector<double> by_step;
  double with_other_step = 0;
  double with_next_repetition = 0;
  double last = 0;
  const auto deviation = [&](const std::string& key) {
    return std::log(Milliseconds(d.Draw(1, key)) / 52'000) / 0.33;
  };
  for (int i = 0; i < kDraws; ++i) {
    const std::string n = std::to_string(i);
    by_number.push_back(
        deviation("us-west-2/al2023/m7i.large/us-west-2a/" + n + "/1/guest/os-update/0"));
    by_step.push_back(deviation("us-west-2/step/" + n + "/runners/0/1/guest/os-update/0"));
    with_other_step +=
        by_step.back() * deviation("us-west-2/step/" + n + "/orchestrator/0/1/guest/os-update/0");
    with_next_repetition += by_step.back() * last;
    last = by_step.back();
  }
  // At 1% for two samples of 2000. The seed is fixed.
  EXPECT_LT(Distance(by_number, by_step), 1.63 * std::sqrt(2.0 / kDraws));
  // Steps and repetitions are independent of each other: three standard errors.
  EXPECT_NEAR(with_other_step / kDraws, 0, 3 / std::sqrt(kDraws));
  EXPECT_NEAR(with_next_repetition / kDraws, 0, 3 / std::sqrt(kDraws));
}

TEST(Distribution, NeverBelowItsFloor) {
  const Distribution d{Distribution::Shape::kNormal, 1, 10, 0.5};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_GE(d.Draw(1, std::to_string(i)), std::chrono::microseconds(500));
  }
}

TEST(LatencyProfile, BuiltInOnesLoad) {
  EXPECT_THAT(LatencyProfile::BuiltInNames(),
              ::testing::ElementsAre("ec2", "key_later", "prompt", "raised_limits", "unmodelled"));
  const LatencyProfile ec2 = LatencyProfile::Load("ec2");
  EXPECT_EQ(ec2.name(), "ec2");
  EXPECT_FALSE(ec2.key_later());
  const RegionLatencies& west = ec2.ForRegion("us-west-2");
  EXPECT_EQ(west.Api("RunInstances").center_ms, 1543);
  EXPECT_EQ(west.lifecycle.pending_to_running.center_ms, 4905);
  EXPECT_EQ(&west.Api("SomethingElse"), &west.Api("default"));
  EXPECT_GT(west.Boot("minimal").closed_to_open.center_ms,
            west.Boot("al2023").closed_to_open.center_ms);
  EXPECT_LT(west.rtt, ec2.ForRegion("eu-west-1").rtt);

  const LatencyProfile later = LatencyProfile::Load("key_later");
  EXPECT_TRUE(later.key_later());
  // Has its own figure; everything else comes from its base.
  EXPECT_GT(later.ForRegion("us-west-2").Boot("al2023").open_to_ready.center_ms,
            west.Boot("al2023").open_to_ready.center_ms);
  EXPECT_EQ(later.ForRegion("us-west-2").Boot("al2023").closed_to_open.center_ms,
            west.Boot("al2023").closed_to_open.center_ms);
}

// Parses `ec2` with one change and returns the error message.
std::string FailureOfChange(const std::function<void(nlohmann::json*)>& change) {
  nlohmann::json document = nlohmann::json::parse(BuiltInProfiles().at("ec2"));
  change(&document);
  try {
    LatencyProfile::Parse(document.dump(), "test.json");
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return "none";
}

TEST(LatencyProfile, MistakesAreNamedWithTheirPlace) {
  EXPECT_EQ(FailureOfChange([](auto*) {}), "none");
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["api"]["RunInstances"].erase("mark"); }),
              HasSubstr("test.json: /api/RunInstances: \"mark\" is missing"));
  EXPECT_THAT(
      FailureOfChange([](auto* d) { (*d)["boot"]["al2023"]["open_to_ready"]["mark"] = "guess"; }),
      HasSubstr("/boot/al2023/open_to_ready/mark: must be measured, derived or assumed"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["lifecycle"]["stopping"]["median_ms"] = -1; }),
              HasSubstr("/lifecycle/stopping/median_ms: must be between 0"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["lifecycle"]["stopping"]["median_ms"] = "9"; }),
              HasSubstr("/lifecycle/stopping/median_ms: must be a number"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["lifecycle"].erase("stopping"); }),
              HasSubstr("/lifecycle: \"stopping\" is missing"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["typo"] = 1; }),
              HasSubstr("unknown key \"typo\""));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["refusal"] = "sometimes"; }),
              HasSubstr("/refusal: must be no_login or key_later"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["base"] = "nothing"; }), HasSubstr("/base"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["base"] = "ec2"; }), HasSubstr("/base"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["regions"]["us-west-2"].erase("rtt"); }),
              HasSubstr("/regions/us-west-2: \"rtt\" is missing"));
}

TEST(LatencyProfile, SwitchesLeaveOutWhatTheBaseHas) {
  const auto parse = [](const std::string& switches) {
    return LatencyProfile::Parse(
        R"({"name": "mine", "base": "ec2", "description": "d", "switches": )" + switches + "}",
        "mine.json");
  };
  const RegionLatencies off =
      parse(R"({"new_ids": false, "request_rates": false})").ForRegion("us-west-2");
  const RegionLatencies on = parse(R"({"new_ids": true})").ForRegion("us-west-2");
  EXPECT_EQ(off.consistency.new_ids.Draw(1, "x").count(), 0);
  EXPECT_TRUE(off.request_rates.empty());
  EXPECT_GT(off.consistency.tag_index.Draw(1, "x").count(), 0);
  EXPECT_GT(on.consistency.new_ids.Draw(1, "x").count(), 0);
  EXPECT_EQ(on.request_rates.at("RunInstances").burst, 5);
}

TEST(LatencyProfile, MistakesInWhatEc2IsLateWithAreNamed) {
  EXPECT_THAT(FailureOfChange([](auto* d) {
                (*d)["switches"] = {{"newids", false}};
              }),
              HasSubstr("/switches: unknown key \"newids\"; known are new_ids, "));
  EXPECT_THAT(FailureOfChange([](auto* d) {
                (*d)["switches"] = {{"new_ids", 0}};
              }),
              HasSubstr("/switches/new_ids: must be true or false"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["switches"] = 1; }),
              HasSubstr("/switches: must be an"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["consistency"]["ids"] = 1; }),
              HasSubstr("/consistency: unknown key \"ids\""));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["consistency"]["new_ids"].erase("source"); }),
              HasSubstr("/consistency/new_ids: \"source\" is missing"));
  EXPECT_THAT(FailureOfChange([](auto* d) { (*d)["request_rates"]["RunInstances"]["burst"] = 0; }),
              HasSubstr("/request_rates/RunInstances: needs a burst of at least 1"));
}

TEST(LatencyProfile, ANumberThatNoDoubleHoldsIsOneLine) {
  try {
    LatencyProfile::Parse(R"({"seed": 1e5000})", "x.json");
    FAIL();
  } catch (const std::runtime_error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("profile x.json: number overflow"));
  }
}

TEST(LatencyProfile, TextThatIsNoJsonIsNamedWithItsLine) {
  try {
    LatencyProfile::Parse("{\n  \"name\": oops\n}", "x.json");
    FAIL();
  } catch (const std::runtime_error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("profile x.json: parse error at line 2"));
  }
}

TEST(LatencyProfile, AMissingFileListsTheBuiltInOnes) {
  try {
    LatencyProfile::Load("/nonexistent/p.json");
    FAIL();
  } catch (const std::runtime_error& failure) {
    EXPECT_THAT(failure.what(),
                HasSubstr("(those are ec2, key_later, prompt, raised_limits, unmodelled)"));
  }
}

TEST(LatencyProfile, RegionsAndDerivedProfilesReplaceWholeEntries) {
  const LatencyProfile profile = LatencyProfile::Parse(
      R"({"name": "mine", "base": "ec2",
          "api": {"RunInstances": {"constant_ms": 10, "mark": "assumed", "source": "test"}},
          "regions": {"eu-west-1": {"api": {
              "RunInstances": {"mean_ms": 20, "sd_ms": 0, "mark": "assumed", "source": "test"}}}}})",
      "mine.json");
  EXPECT_EQ(profile.ForRegion("us-west-2").Api("RunInstances").Draw(1, "x"), milliseconds(10));
  EXPECT_EQ(profile.ForRegion("eu-west-1").Api("RunInstances").Draw(1, "x"), milliseconds(20));
  EXPECT_EQ(profile.ForRegion("eu-west-1").rtt, milliseconds(130));
  EXPECT_EQ(profile.ForRegion("mars-north-1").Api("RunInstances").Draw(1, "x"), milliseconds(10));
}

}  // namespace
}  // namespace localcloud
