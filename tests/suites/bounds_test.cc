// Every bound must contain the truth. There is no tolerance, so the tests also hold on a busy
// machine.
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using test_support::LocalCloud;

struct Interval {
  double from_ns;
  double to_ns;
};

// The times that a line of <run>.jsonl states, by phase, and "total".
std::map<std::string, Interval> IntervalsOf(const json& line) {
  std::map<std::string, Interval> intervals;
  const json& counters = line.at("counters");
  const auto add = [&](const std::string& name, double at_ns) {
    const auto resolution = counters.find(name + "_resolution_ms");
    if (resolution != counters.end())
      intervals[name] = {at_ns - resolution->get<double>() * 1e6, at_ns};
  };
  double at_ns = line.at("start_monotonic_ns").get<double>();
  for (const std::string phase : line.at("label").at("phases")) {
    at_ns += counters.at(phase + "_ms").get<double>() * 1e6;
    add(phase, at_ns);
  }
  add("total", at_ns);
  for (const char* name : {"tcp_closed", "until_half", "wait_max", "pool_wait_max"}) {
    const auto since_start = counters.find(std::string(name) + "_ms");
    if (since_start == counters.end()) continue;
    add(name, line.at("start_monotonic_ns").get<double>() + since_start->get<double>() * 1e6);
    EXPECT_TRUE(intervals.contains(name)) << name << " has no bound\n" << line;
  }
  return intervals;
}

void ExpectInside(const json& line, const std::string& name, const std::string& event,
                  double truth_ns) {
  const auto intervals = IntervalsOf(line);
  const auto stated = intervals.find(name);
  if (stated == intervals.end()) return;
  // Allows for rounding: doubles of 1e15 ns are printed in ms.
  constexpr double kRounding_ns = 10;
  EXPECT_GE(truth_ns, stated->second.from_ns - kRounding_ns)
      << name << ": " << event << " was before its bound\n"
      << line;
  EXPECT_LE(truth_ns, stated->second.to_ns + kRounding_ns)
      << name << ": " << event << " was after its mark\n"
      << line;
}

// Returns the events of the last launch or start of a machine.
std::optional<json> BootOf(const json& truth, const std::string& instance_id) {
  std::optional<json> boot;
  for (const json& entry : truth) {
    if ((entry.at("kind") == "launch" || entry.at("kind") == "start") &&
        entry.at("instance_id") == instance_id)
      boot = entry.at("events");
  }
  return boot;
}

// Returns the times of `event` of all launches requested after `since_ns`, in order.
std::vector<double> EventsSince(const json& truth, const std::string& event, double since_ns) {
  std::vector<double> times;
  for (const json& entry : truth) {
    if (entry.at("kind") == "launch" && entry.at("events").at("requested") >= since_ns)
      times.push_back(entry.at("events").at(event));
  }
  std::ranges::sort(times);
  return times;
}

class BoundsTest : public LaunchProgramTest {
 protected:
  // `usable` are the truth's events for a usable machine: ssh_ready, or first_login if the SSH
  // server misbehaves later.
  static void ExpectBootInside(const json& line, const json& truth,
                               const std::vector<std::string>& usable) {
    const auto boot = BootOf(truth, line.at("instance_id"));
    ASSERT_TRUE(boot) << line;
    const std::map<std::string, std::string> events{
        {"api", "accepted"}, {"pending_to_running", "running"}, {"running_to_tcp", "tcp_open"}};
    for (const auto& [phase, event] : events) ExpectInside(line, phase, event, boot->at(event));
    if (boot->contains("tcp_closed"))
      ExpectInside(line, "tcp_closed", "tcp_closed", boot->at("tcp_closed"));
    for (const std::string& event : usable) {
      ExpectInside(line, "tcp_to_ssh", event, boot->at(event));
      ExpectInside(line, "total", event, boot->at(event));
    }
    for (const char* phase : {"pending_to_running", "running_to_tcp", "tcp_to_ssh", "total"})
      EXPECT_TRUE(IntervalsOf(line).contains(phase)) << phase << " has no bound\n" << line;
  }

  void RunAt(const LocalCloud& cloud, std::vector<std::string> flags) {
    flags.push_back("--launch_timeout=60s");
    auto run = StartAt(cloud, std::move(flags));
    ASSERT_EQ(run->Wait(), 0) << run->errors() << run->output();
  }
};

struct Faulty {
  std::string name;
  std::string technique;
  std::string faults;  // a JSON array
  std::vector<std::string> flags = {};
  std::vector<std::string> usable = {"ssh_ready", "first_login"};
  std::string time_scale = "0.05";
};

void PrintTo(const Faulty& faulty, std::ostream* out) { *out << faulty.name; }

class FaultyBoundsTest : public BoundsTest, public testing::WithParamInterface<Faulty> {};

TEST_P(FaultyBoundsTest, ContainTheTruth) {
  const Faulty& faulty = GetParam();
  const auto faults = WriteFile("faults.json", faulty.faults);
  const LocalCloud cloud(Program("localcloud"),
                         {"--time_scale=" + faulty.time_scale, "--rtt=4ms", "--faults=" + faults});
  std::vector<std::string> flags{"--benchmark_filter=^" + faulty.technique + "/iterations",
                                 "--benchmark_repetitions=3"};
  flags.insert(flags.end(), faulty.flags.begin(), faulty.flags.end());
  RunAt(cloud, flags);
  const json truth = json::parse(cloud.Truth());
  ASSERT_EQ(Lines().size(), 3u);
  for (const json& line : Lines()) {
    ExpectBootInside(line, truth, faulty.usable);
    if (line.at("counters").at("retries") > 0) {
      EXPECT_TRUE(IntervalsOf(line).contains("api")) << "which of its sends was accepted?\n"
                                                     << line;
    }
  }
}

const std::vector<std::string> kLoginOnly{"first_login"};

INSTANTIATE_TEST_SUITE_P(
    Bounds, FaultyBoundsTest,
    testing::Values(
        Faulty{"Nothing", "Cold", "[]"},
        // The machine already runs when a poll shows its address.
        Faulty{"RarePolls", "Cold", "[]", {"--poll_interval=3s"}},
        Faulty{"RarePollsOfAStart", "StartStopped", "[]", {"--poll_interval=3s"}},
        Faulty{"HiddenIds", "Cold", R"([{"fault": "hidden_ids", "ms": 1500}])"},
        // The port answers while describe calls still show pending.
        Faulty{"StaleStates", "Cold", R"([{"fault": "stale_states", "ms": 1500}])"},
        Faulty{"StaleStatesOfAStart",
               "StartStopped",
               R"([{"fault": "stale_states", "ms": 1500}])",
               {"--poll_interval=20ms"}},
        Faulty{"SlowDescribes", "Cold",
               R"([{"fault": "slow", "action": "DescribeInstances", "ms": 700}])"},
        Faulty{"ThrottledDescribes", "Cold",
               R"([{"fault": "throttle", "action": "DescribeInstances", "burst": 3,
                    "per_second": 2}])"},
        Faulty{"TruncatedDescribes", "Cold",
               R"([{"fault": "truncated", "action": "DescribeInstances", "skip": 6, "times": 4}])"},
        Faulty{"LostAnswer", "Cold",
               R"([{"fault": "lost", "action": "RunInstances", "times": 3}])"},
        Faulty{"ResetAnswer", "Cold",
               R"([{"fault": "reset", "action": "RunInstances", "times": 3}])"},
        Faulty{"SshdReset", "Cold", R"([{"fault": "sshd_reset", "times": 3}])", {}, kLoginOnly},
        Faulty{"SshdHangsUp",
               "Cold",
               R"([{"fault": "sshd_closes_key_exchange", "times": 3}])",
               {},
               kLoginOnly},
        Faulty{"SshdRejectsKey",
               "Cold",
               R"([{"fault": "sshd_rejects_key", "ms": 600}])",
               {},
               kLoginOnly},
        Faulty{
            "SshdDropsStatus", "Cold", R"([{"fault": "sshd_drops_status", "times": 2}])", {}, {}}),
    [](const auto& faulty) { return faulty.param.name; });

// Techniques with a machine that boots, once without faults and once with faults that EC2 shows
// every day.
TEST_F(BoundsTest, OfEveryTechniqueThatBootsContainTheTruth) {
  for (const std::string faults :
       {"[]", R"([{"fault": "hidden_ids", "ms": 400}, {"fault": "stale_states", "ms": 1200},
                  {"fault": "lost", "action": "StartInstances", "times": 1}])"}) {
    const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05", "--rtt=4ms",
                                                   "--faults=" + WriteFile("faults.json", faults)});
    RunAt(cloud, {"--benchmark_filter=^(Cold|MinimalAmi|RebakedAmi|CustomInit|PreEni|EbsSize/8GiB|"
                  "StartStopped|Hibernate|InstanceType/t3.medium|AvailabilityZone/us-west-2b|"
                  "Instrument/Watcher)/iterations",
                  "--benchmark_repetitions=1"});
    const json truth = json::parse(cloud.Truth());
    EXPECT_EQ(Lines().size(), 11u);
    for (const json& line : Lines()) ExpectBootInside(line, truth, {"ssh_ready", "first_login"});
  }
}

TEST_F(BoundsTest, OfABurstContainTheTruth) {
  for (const char* interval : {"50ms", "3s"}) {
    const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05", "--rtt=4ms"});
    RunAt(cloud, {"--benchmark_filter=^Burst/4/iterations", "--benchmark_repetitions=1",
                  std::string("--poll_interval=") + interval});
    const auto ready = EventsSince(json::parse(cloud.Truth()), "ssh_ready", 0);
    ASSERT_EQ(ready.size(), 4u);
    const json line = Lines().at(0);
    ASSERT_TRUE(IntervalsOf(line).contains("total"));
    ExpectInside(line, "first_ready", "ssh_ready", ready[0]);
    ExpectInside(line, "half_ready", "ssh_ready", ready[1]);
    ExpectInside(line, "until_half", "ssh_ready", ready[1]);
    ExpectInside(line, "wait_max", "ssh_ready", ready[3]);
    ExpectInside(line, "last_ready", "ssh_ready", ready[3]);
    ExpectInside(line, "total", "ssh_ready", ready[3]);
  }
}

TEST_F(BoundsTest, OfAHybridContainTheTruth) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.2", "--rtt=4ms"});
  RunAt(cloud, {"--benchmark_filter=^Hybrid/pool:2/burst:4/iterations", "--benchmark_repetitions=1",
                "--poll_interval=3s"});
  const json line = Lines().at(0);
  const auto ready = EventsSince(json::parse(cloud.Truth()), "ssh_ready",
                                 line.at("start_monotonic_ns").get<double>());
  ASSERT_EQ(ready.size(), 2u);
  ASSERT_TRUE(IntervalsOf(line).contains("total"));
  ExpectInside(line, "total", "ssh_ready", ready[1]);
}

// An instrument that does not look must state that it has seen nothing.
TEST_F(BoundsTest, OfTheCliWaiterContainTheTruth) {
  if (system("command -v aws >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no aws here";
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05", "--rtt=4ms"});
  RunAt(cloud,
        {"--benchmark_filter=^Instrument/AwsCliWaiter/iterations", "--benchmark_repetitions=1"});
  ExpectBootInside(Lines().at(0), json::parse(cloud.Truth()), {"ssh_ready", "first_login"});
  EXPECT_TRUE(Lines().at(0).at("counters").contains("instance_rtt_ms"));
  EXPECT_FALSE(Lines().at(0).contains("guest")) << "the stock instrument asks no guest";
}

// An attempt a moment earlier bounds the total by much less than the whole launch.
TEST_F(BoundsTest, AreAsNarrowAsWhatWasTried) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.3", "--rtt=4ms"});
  RunAt(cloud, {"--benchmark_filter=^Cold/iterations", "--benchmark_repetitions=3"});
  int bounded_by_its_request = 0;
  for (const json& line : Lines()) {
    const json& counters = line.at("counters");
    EXPECT_LT(counters.at("total_resolution_ms").get<double>(),
              line.at("total_ms").get<double>() / 2);
    // Stated only if this process stood still.
    const double api = counters.value("api_resolution_ms", 0.0);
    bounded_by_its_request += api > counters.at("api_ms").get<double>() - 1 ? 1 : 0;
  }
  EXPECT_LT(bounded_by_its_request, 3) << "a call that was sent once is stamped as it happens";
}

// --- The measuring process is stopped ---

class StoppedBoundsTest : public BoundsTest {
 protected:
  // Blocks until `holds` is true of the truth.
  static json Await(const LocalCloud& cloud, const std::function<bool(const json&)>& holds) {
    json truth;
    test_support::WaitUntil("the event", [&] {
      truth = json::parse(cloud.Truth());
      return holds(truth);
    });
    return truth;
  }
  static bool HasHappened(const json& truth, const std::string& event) {
    return std::ranges::any_of(truth, [&](const json& entry) {
      return entry.at("kind") == "launch" && entry.at("events").contains(event);
    });
  }
};

struct Stop {
  std::string from;   // the event of the truth at which the process is stopped
  std::string until;  // the event at which it may continue
};

void PrintTo(const Stop& stop, std::ostream* out) { *out << stop.from << " to " << stop.until; }

class StoppedColdBoundsTest : public StoppedBoundsTest, public testing::WithParamInterface<Stop> {};

TEST_P(StoppedColdBoundsTest, ContainTheTruth) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.2", "--rtt=100ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=^Cold/iterations", "--benchmark_repetitions=1"});
  Await(cloud, [&](const json& truth) { return HasHappened(truth, GetParam().from); });
  run->Signal(SIGSTOP);
  Await(cloud, [&](const json& truth) { return HasHappened(truth, GetParam().until); });
  std::this_thread::sleep_for(milliseconds(1000));  // long enough that the label mentions it
  run->Signal(SIGCONT);
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  const json line = Lines().at(0);
  ExpectBootInside(line, json::parse(cloud.Truth()), {"ssh_ready", "first_login"});
  EXPECT_TRUE(line.at("label").contains("stood_still")) << line;
}

INSTANTIATE_TEST_SUITE_P(Bounds, StoppedColdBoundsTest,
                         testing::Values(Stop{"accepted", "ssh_ready"}, Stop{"running", "tcp_open"},
                                         Stop{"running", "ssh_ready"},
                                         Stop{"tcp_closed", "ssh_ready"}),
                         [](const auto& stop) {
                           std::string name = stop.param.from + stop.param.until;
                           std::erase(name, '_');
                           return name;
                         });

// There, nothing has to be waited for, so only the stop can make a mark late.
TEST_F(StoppedBoundsTest, OfAWarmPoolReachAcrossTheStops) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.2", "--rtt=100ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=^WarmPool/(Ssh|InstanceConnect)/iterations",
                             "--benchmark_repetitions=3"});
  Await(cloud, [](const json& truth) { return HasHappened(truth, "first_login"); });
  while (Lines().size() < 6) {
    run->Signal(SIGSTOP);
    std::this_thread::sleep_for(milliseconds(300));
    run->Signal(SIGCONT);
    std::this_thread::sleep_for(milliseconds(300));
  }
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  const json truth = json::parse(cloud.Truth());
  int bounded = 0;
  for (const json& line : Lines()) {
    const auto intervals = IntervalsOf(line);
    bounded += intervals.contains("ssh_connect") ? 1 : 0;
    if (!intervals.contains("ssh_connect")) continue;
    const Interval& stated = intervals.at("ssh_connect");
    // The launch's login is the last one that was accepted before the mark.
    double login = 0;
    for (const json& entry : truth) {
      if (entry.at("kind") != "session") continue;
      const double at = entry.at("auth_ok");
      if (at <= stated.to_ns) login = std::max(login, at);
    }
    const double start = line.at("start_monotonic_ns").get<double>();
    EXPECT_GE(login, start) << line;
    EXPECT_TRUE(intervals.contains("total"));
    EXPECT_LE(intervals.at("total").from_ns, stated.from_ns + 10) << line;
  }
  EXPECT_GT(bounded, 0) << "some launch was stopped before its answer came";
}

}  // namespace
}  // namespace suites
