#include "suites/report/launch_label.h"

#include <gmock/gmock.h>

#include "fixtures/launch/sample.h"

namespace suites {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LaunchLabelTest, ReadsWhatASampleWrites) {
  fixtures::Sample sample;
  sample.timeline = fixtures::Timeline({});
  sample.timeline->EndPhase("keygen", {});
  sample.timeline->EndPhase("api", {});
  sample.derived = {"api"};
  const LaunchLabel label = ReadLaunchLabel(fixtures::LabelOf(sample));
  EXPECT_THAT(label.phases, ElementsAre("keygen", "api"));
  EXPECT_THAT(label.derived, ElementsAre("api"));
}

TEST(LaunchLabelTest, OtherLabelsAreNone) {
  for (const char* text : {"", "compressed: 50%", "[1,2]", "{\"phases\":", "7"}) {
    EXPECT_THAT(ReadLaunchLabel(text).phases, IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace suites
