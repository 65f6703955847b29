// What guests tell of their boot in whole runs, against the truth of the local cloud.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;
using testing::HasSubstr;

// Allows for rounding: doubles of 1e15 ns are printed in ms.
constexpr double kPrinted_ns = 10;

// The two ends of each phase, as events of the truth.
const std::map<std::string, std::pair<std::string, std::string>> kEndsOfPhases{
    {"guest_kernel", {"guest_kernel", "guest_initrd"}},
    {"guest_initrd", {"guest_initrd", "guest_userspace"}},
    {"guest_userspace", {"guest_userspace", "first_login"}},
    {"guest_network", {"guest_userspace", "guest_network"}},
    {"guest_cloud_init", {"guest_cloud_init_local_started", "guest_cloud_init_network_ended"}},
    {"guest_sshd", {"guest_userspace", "guest_sshd"}}};

class GuestPhasesRunTest : public LaunchProgramTest {
 protected:
  // Returns the events of the machine's last boot.
  static json EventsOf(const json& truth, const std::string& instance_id) {
    json events;
    for (const json& entry : truth) {
      const bool boot = entry.at("kind") == "launch" || entry.at("kind") == "start";
      if (boot && entry.at("instance_id") == instance_id) events = entry.at("events");
    }
    return events;
  }
  static void ExpectTruthInside(const json& line, const json& events) {
    const double start = line.at("start_monotonic_ns");
    for (const auto& [name, mark] : line.at("guest").at("marks").items()) {
      const double event = events.at("guest_" + name);
      const double at = start + mark.at("at_ms").get<double>() * 1e6;
      EXPECT_LE(event, at + kPrinted_ns) << name << "\n" << line;
      EXPECT_GE(event, at - mark.at("resolution_ms").get<double>() * 1e6 - kPrinted_ns)
          << name << "\n"
          << line;
    }
    for (const auto& [phase, ends] : kEndsOfPhases) {
      if (!line.at("counters").contains(phase + "_ms")) continue;
      EXPECT_TRUE(Contains(line, phase, events, ends)) << phase << "\n" << line << "\n" << events;
    }
  }
  static bool Contains(const json& line, const std::string& phase, const json& events,
                       const std::pair<std::string, std::string>& ends) {
    if (!events.contains(ends.first) || !events.contains(ends.second)) return false;
    const double truth =
        (events.at(ends.second).get<double>() - events.at(ends.first).get<double>()) / 1e6;
    const double most = line.at("counters").at(phase + "_ms");
    const double least = most - line.at("counters").at(phase + "_resolution_ms").get<double>();
    return truth <= most + kPrinted_ns / 1e6 && truth >= least - kPrinted_ns / 1e6;
  }
  // The launch's own marks must not have waited for the guest's story.
  static void ExpectTotalInside(const json& line, const json& events) {
    const double at =
        line.at("start_monotonic_ns").get<double>() + line.at("total_ms").get<double>() * 1e6;
    const double resolution = line.at("counters").at("total_resolution_ms").get<double>() * 1e6;
    EXPECT_GE(events.at("ssh_ready").get<double>(), at - resolution - kPrinted_ns) << line;
  }
  static std::set<std::string> PhasesIn(const json& line) {
    std::set<std::string> phases;
    for (const auto& [phase, ends] : kEndsOfPhases) {
      if (line.at("counters").contains(phase + "_ms")) phases.insert(phase);
    }
    return phases;
  }
};

TEST_F(GuestPhasesRunTest, ContainTheTruth) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.2", "--rtt=4ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=^(Cold|StartStopped|PreEni)/iterations",
                             "--benchmark_repetitions=3"});
  ASSERT_EQ(run->Wait(), 0) << run->errors() << run->output();
  const json truth = json::parse(cloud.Truth());
  int complete = 0;
  ASSERT_EQ(Lines().size(), 9u);
  for (const json& line : Lines()) {
    ASSERT_TRUE(line.contains("guest")) << line;
    const json events = EventsOf(truth, line.at("instance_id"));
    ExpectTruthInside(line, events);
    ExpectTotalInside(line, events);
    complete += PhasesIn(line).size() == kEndsOfPhases.size() ? 1 : 0;
  }
  // A guest may be slower than the patience that it gets if this machine is busy.
  EXPECT_GT(complete, 0) << Lines().at(0);
  // The table has them under their own heading.
  EXPECT_THAT(run->output(), HasSubstr("\n  guest\n    guest_kernel "));
  EXPECT_THAT(run->output(), HasSubstr("\n      guest_sshd "));
}

// A guest whose memory was kept has not booted, and a machine of a warm pool is not asked.
TEST_F(GuestPhasesRunTest, OfMachinesThatDidNotBootAreLeftOut) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05", "--rtt=4ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=^(Hibernate|WarmPool/Ssh)/iterations",
                             "--benchmark_repetitions=1"});
  ASSERT_EQ(run->Wait(), 0) << run->errors() << run->output();
  ASSERT_EQ(Lines().size(), 2u);
  for (const json& line : Lines()) {
    EXPECT_TRUE(PhasesIn(line).empty()) << line;
    if (line.at("benchmark") != "Hibernate") {
      EXPECT_FALSE(line.contains("guest")) << line;
    } else if (line.at("guest").at("exchanges") > 0) {
      EXPECT_EQ(line.at("guest").at("left_out"), "the guest booted before this launch");
    }
  }
}

TEST_F(GuestPhasesRunTest, AreNotAskedForIfSwitchedOff) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05", "--rtt=4ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=^Cold/iterations", "--benchmark_repetitions=1",
                             "--guest_phases=false"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_FALSE(Lines().at(0).contains("guest"));
  EXPECT_TRUE(PhasesIn(Lines().at(0)).empty());
}

struct Strange {
  std::string name;
  std::string show;  // what "systemctl show" does in the guest
};

void PrintTo(const Strange& strange, std::ostream* out) { *out << strange.name; }

class StrangeGuestRunTest : public GuestPhasesRunTest, public testing::WithParamInterface<Strange> {
 protected:
  // Replaces `systemctl show` in the image that all machines are made from. `directory` is the
  // TMPDIR of the cloud.
  static void ChangeImage(const std::filesystem::path& directory, const std::string& show) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      const auto program = entry.path() / "al2023/usr/local/bin/systemctl";
      if (!std::filesystem::exists(program)) continue;
      std::ifstream old(program);
      std::string script(std::istreambuf_iterator<char>(old), {});
      script.insert(script.find('\n') + 1, "[ \"$1\" != show ] || { " + show + "; exit; }\n");
      std::ofstream(program) << script;
      return;
    }
    FAIL() << "no image in " << directory;
  }
};

TEST_P(StrangeGuestRunTest, LosesItsPhasesAndNothingElse) {
  const auto directory = directory_ / "cloud";
  std::filesystem::create_directory(directory);
  setenv("TMPDIR", directory.c_str(), 1);
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05", "--rtt=4ms"});
  unsetenv("TMPDIR");
  ASSERT_NO_FATAL_FAILURE(ChangeImage(directory, GetParam().show));
  auto run = StartAt(cloud, {"--benchmark_filter=^Cold/iterations", "--benchmark_repetitions=2"});
  ASSERT_EQ(run->Wait(), 0) << run->errors() << run->output();
  const json truth = json::parse(cloud.Truth());
  ASSERT_EQ(Lines().size(), 2u);
  for (const json& line : Lines()) {
    EXPECT_TRUE(line.at("ok"));
    EXPECT_TRUE(PhasesIn(line).empty()) << line;
    ExpectTotalInside(line, EventsOf(truth, line.at("instance_id")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Guests, StrangeGuestRunTest,
    testing::Values(Strange{"Hangs", "sleep 1000"}, Strange{"Fails", "exit 1"},
                    Strange{"PrintsTooMuch", "head -c 10000000 /dev/zero"},
                    Strange{"PrintsForEver", "yes UserspaceTimestampMonotonic=1"},
                    Strange{"IsInTheFuture",
                            "echo 'KernelTimestamp=x'; echo KernelTimestampMonotonic=1; "
                            "echo UserspaceTimestampMonotonic=99999999999999"}),
    [](const auto& strange) { return strange.param.name; });

}  // namespace
}  // namespace suites
