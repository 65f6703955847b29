// The whole program as a user runs it, against real processes and sockets.
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;
using testing::HasSubstr;

using EndToEndTest = LaunchProgramTest;

TEST_F(EndToEndTest, EveryContractCounterIsThereAndPhasesAddUp) {
  auto run = Start({"--local_time_scale=0.02", "--benchmark_repetitions=3",
                    "--benchmark_filter=^(Cold|WarmPool/(Ssh|InstanceConnect))/iter",
                    "--benchmark_context=team=ci,\"quoted\"=yes"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_EQ(Json().at("context").at("team"), "ci");
  EXPECT_EQ(Json().at("context").at("\"quoted\""), "yes");
  EXPECT_THAT(run->errors(), testing::Not(HasSubstr("already exists")));

  const std::vector<std::string> everywhere{"api_calls",    "retries",          "retry_wait_ms",
                                            "launch_index", "rtt_ms",           "instance_rtt_ms",
                                            "usd",          "usd_idle_per_hour"};
  const std::map<std::string, std::vector<std::string>> own{
      {"Cold",
       {"api_ms", "pending_to_running_ms", "running_to_tcp_ms", "tcp_to_ssh_ms", "boot_to_ssh_ms",
        "pending_to_running_resolution_ms", "running_to_tcp_resolution_ms",
        "address_known_resolution_ms"}},
      {"WarmPool/Ssh", {"keygen_ms", "key_inject_ms", "ssh_connect_ms"}},
      {"WarmPool/InstanceConnect", {"keygen_ms", "key_push_ms", "ssh_connect_ms"}}};
  for (const auto& [technique, counters] : own) {
    const auto repetitions = Repetitions(technique);
    ASSERT_EQ(repetitions.size(), 3u) << technique;
    for (const json& repetition : repetitions) {
      for (const auto& counter : everywhere)
        EXPECT_TRUE(repetition.contains(counter)) << technique << " " << counter;
      for (const auto& counter : counters)
        EXPECT_TRUE(repetition.contains(counter)) << technique << " " << counter;
      EXPECT_EQ(repetition.at("time_unit"), "ms");
      EXPECT_NEAR(PhaseSum(repetition), repetition.at("real_time").get<double>(),
                  kAdditionTolerance_ms)
          << technique;
    }
  }
  EXPECT_EQ(Repetitions("Cold")[0].at("api_calls"), 1);
  EXPECT_EQ(Repetitions("WarmPool/InstanceConnect")[0].at("api_calls"), 1);
  EXPECT_EQ(Repetitions("WarmPool/Ssh")[0].at("api_calls"), 0);

  const json context = Json().at("context");
  EXPECT_EQ(context.at("cloud"), "local");
  EXPECT_EQ(context.at("modelled"), "true");
  for (const char* key :
       {"profile", "time_scale", "seed", "concurrency", "launch_bench_version", "git_revision"}) {
    EXPECT_TRUE(context.contains(key)) << key;
  }
  EXPECT_THAT(run->output(), HasSubstr("MODELLED"));
  EXPECT_THAT(run->output(), HasSubstr("Results (MODELLED)"));
  const std::string last_line = run->output().substr(run->output().rfind("results:"));
  EXPECT_THAT(last_line, HasSubstr(json_path()));
}

// Measures during a test how late this machine wakes a thread.
class SchedulingDelay {
 public:
  double worst_ns() const { return worst_ns_; }

 private:
  void Measure(std::stop_token stop) {
    while (!stop.stop_requested()) {
      const auto due = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
      std::this_thread::sleep_until(due);
      const std::chrono::nanoseconds late = std::chrono::steady_clock::now() - due;
      worst_ns_ = std::max(worst_ns_.load(), static_cast<double>(late.count()));
    }
  }

  std::atomic<double> worst_ns_{0};
  std::jthread thread_{[this](std::stop_token stop) { Measure(std::move(stop)); }};
};

// The true time of an event, the time that launch_bench reported, and the error that it stated.
struct Judged {
  std::string mark;
  double truth_ns;
  double seen_ns;
  double resolution_ns;
  double one_way_ns;    // the longest time from the true event until launch_bench can see it
  double early_ns = 0;  // how much earlier than the truth's event launch_bench may see it
};

TEST_F(EndToEndTest, NoMarkIsEarlierThanTheTruthOrLaterThanItsResolutionAllows) {
  constexpr double kRoundTrip_ms = 8;
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05", "--rtt=8ms", "--seed=7"});
  const SchedulingDelay scheduling;
  auto run = StartAt(
      cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=4", "--poll_interval=20ms"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  std::map<std::string, json> launches;
  const json truth = json::parse(cloud.Truth());
  for (const json& entry : truth) {
    if (entry.at("kind") == "launch") launches[entry.at("instance_id")] = entry.at("events");
  }

  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 4u);
  // A mark needs several threads of two processes: the cloud's loop, the sandbox, and the prober or
  // the poller. Each may be woken as late as ours was. The work of the handshake and of the sandbox
  // comes on top.
  constexpr double kWork_ns = 15e6;
  const double allowance_ns = 4 * scheduling.worst_ns() + kWork_ns;
  for (const json& line : lines) {
    const json& events = launches.at(line.at("instance_id"));
    const json& counters = line.at("counters");
    const double start = line.at("start_monotonic_ns").get<double>();
    const auto ms = [&](const char* name) { return counters.at(name).get<double>() * 1e6; };
    const double accepted = start + ms("api_ms");
    const double running = accepted + ms("pending_to_running_ms");
    const double open = running + ms("running_to_tcp_ms");
    const double ready = open + ms("tcp_to_ssh_ms");
    const double one_way = kRoundTrip_ms / 2 * 1e6;
    // Running is seen in an answer that leaves after the event. The way of the request, the
    // describe call's modelled time and the way back lie inside the stated resolution, which starts
    // at the previous request. launch_bench takes the output of the first command as its answer.
    // The truth's event is the exit status, which follows after the guest has waited for the
    // process.
    const std::vector<Judged> judged{
        {"accepted", events.at("accepted").get<double>(), accepted, 0, one_way},
        {"running", events.at("running").get<double>(), running,
         ms("pending_to_running_resolution_ms"), one_way},
        {"tcp_open", events.at("tcp_open").get<double>(), open, ms("running_to_tcp_resolution_ms"),
         one_way},
        {"first_command", events.at("first_command").get<double>(), ready,
         ms("tcp_to_ssh_resolution_ms"), one_way, allowance_ns}};
    EXPECT_GE(events.at("requested").get<double>(), start);
    for (const Judged& mark : judged) {
      EXPECT_GE(mark.seen_ns, mark.truth_ns - mark.early_ns)
          << mark.mark << ": earlier than its truth";
      EXPECT_LE(mark.seen_ns, mark.truth_ns + mark.resolution_ns + mark.one_way_ns + allowance_ns)
          << mark.mark << ": later than truth, resolution and one-way delay together allow";
    }
  }
}

TEST_F(EndToEndTest, EightLaunchesAtOnceShareOnePoller) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0.2", "--rtt=2ms"});
  auto run =
      StartAt(cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=8", "--concurrency=8"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  const json truth = json::parse(cloud.Truth());

  double first = 1e300, last = 0, longest = 0;
  for (const json& line : Lines()) {
    const double start = line.at("start_monotonic_ns").get<double>() / 1e6;
    const double total = line.at("total_ms").get<double>();
    first = std::min(first, start);
    last = std::max(last, start + total);
    longest = std::max(longest, total);
  }
  EXPECT_LT(last - first, 2 * longest) << "eight launches take about as long as one";
  // With one poller per launch, each launch would send as many calls as the shared poller sends for
  // all.
  const int polls = CountCalls(truth, "DescribeInstances");
  double most_for_one_launch = 0;
  for (const json& line : Lines()) {
    most_for_one_launch =
        std::max(most_for_one_launch, line.at("counters").at("describe_polls").get<double>());
  }
  EXPECT_LT(polls, 2.5 * most_for_one_launch + 10);
  EXPECT_EQ(CountCalls(truth, "RunInstances"), 8);
}

TEST_F(EndToEndTest, OnlyTheFirstLaunchFailing) {
  const auto faults =
      WriteFile("faults.json",
                R"([{"action": "RunInstances", "error": "InsufficientInstanceCapacity",
                                     "message": "We currently do not have sufficient capacity", "http_status": 500, "times": 1}])");
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms", "--faults=" + faults});
  auto run =
      StartAt(cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=5", "--concurrency=1"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  const auto repetitions = Repetitions("Cold");
  ASSERT_EQ(repetitions.size(), 5u);
  EXPECT_EQ(std::ranges::count_if(repetitions,
                                  [](const json& r) { return r.contains("error_occurred"); }),
            1);
  EXPECT_THAT(std::string(repetitions.back().at("error_message")),
              HasSubstr("InsufficientInstanceCapacity"));
  ASSERT_EQ(Lines().size(), 5u);
  EXPECT_EQ(Lines()[0].at("ok"), false) << "the log keeps the order of the launches";
}

TEST_F(EndToEndTest, EveryLaunchFailing) {
  const auto faults =
      WriteFile("faults.json",
                R"([{"action": "RunInstances", "error": "UnauthorizedOperation", "http_status": 403,
                                    "message": "You are not authorized to perform this operation."}])");
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms", "--faults=" + faults});
  auto run = StartAt(cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=3"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  ASSERT_EQ(Repetitions("Cold").size(), 3u);
  for (const json& repetition : Repetitions("Cold")) {
    EXPECT_THAT(std::string(repetition.at("error_message")), HasSubstr("RunInstances"));
    EXPECT_THAT(std::string(repetition.at("error_message")), HasSubstr("UnauthorizedOperation"));
  }
}

TEST_F(EndToEndTest, ALaunchThatNeverAnswersFailsByItsTimeoutAndIsTerminated) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms"});
  // This security group does not let this machine reach the port.
  auto run = StartAt(cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=1",
                             "--launch_timeout=2s", "--ssh_cidr=192.0.2.1/32"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  ASSERT_EQ(Repetitions("Cold").size(), 1u);
  EXPECT_THAT(std::string(Repetitions("Cold")[0].at("error_message")), HasSubstr("filtered"));
  EXPECT_EQ(CountCalls(json::parse(cloud.Truth()), "TerminateInstances"), 1);
}

TEST_F(EndToEndTest, ColdConnectionsArePaidForAndSaid) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms"});
  auto run = StartAt(
      cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=2", "--cold_connections"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_EQ(Json().at("context").at("connections"), "cold");
  for (const json& line : Lines()) EXPECT_EQ(line.at("label").at("new_connection"), true);

  run = StartAt(cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=2"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_EQ(Json().at("context").at("connections"), "warm");
  for (const json& line : Lines()) EXPECT_FALSE(line.at("label").contains("new_connection"));
}

TEST_F(EndToEndTest, NoCredentialsAreReadForTheLocalCloud) {
  const auto profile = WriteFile("credentials", "this is no profile\n");
  auto run = Start({"--benchmark_filter=WarmPool/Ssh", "--local_time_scale=0", "--local_rtt=0",
                    "--benchmark_repetitions=1"},
                   {{"AWS_SHARED_CREDENTIALS_FILE", profile},
                    {"AWS_CONFIG_FILE", profile},
                    {"AWS_ENDPOINT_URL", "http://127.0.0.1:9"}});
  EXPECT_EQ(run->Wait(), 0) << run->errors();
}

struct BadSetUp {
  std::string name;
  std::vector<std::string> flags;
  std::map<std::string, std::string> environment;
  std::string said;
};

void PrintTo(const BadSetUp& set_up, std::ostream* out) { *out << set_up.name; }

class BadSetUpTest : public LaunchProgramTest, public testing::WithParamInterface<BadSetUp> {};

TEST_P(BadSetUpTest, EndsInOneClearLineAndStatusTwo) {
  const auto malformed = WriteFile("malformed", "[default\naws_access_key_id=AKIDSECRETVALUE\n");
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms"});
  auto environment = cloud.Environment();
  for (auto [name, value] : GetParam().environment) {
    if (value == "MALFORMED") value = malformed;
    environment[name] = value;
  }
  std::vector<std::string> flags = GetParam().flags;
  for (std::string& flag : flags) {
    if (flag == "ENDPOINT") flag = "--endpoint_url=" + cloud.endpoint_url();
  }
  auto run = Start(flags, environment);
  EXPECT_EQ(run->Wait(), 2);
  const std::string errors = run->errors();
  EXPECT_THAT(errors, HasSubstr(GetParam().said));
  EXPECT_EQ(std::ranges::count(errors, '\n'), 1) << errors;
  EXPECT_EQ(errors.find("AKIDSECRETVALUE"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(json_path())) << "no file that looks like a result";
  EXPECT_EQ(CountCalls(json::parse(cloud.Truth()), "RunInstances"), 0);
}

INSTANTIATE_TEST_SUITE_P(
    EndToEnd, BadSetUpTest,
    testing::Values(
        BadSetUp{"UnknownFlag", {"--nope"}, {}, "--nope"},
        BadSetUp{"NoBenchmarkMatches",
                 {"--benchmark_filter=Lukewarm"},
                 {},
                 "no benchmark matches --benchmark_filter=Lukewarm; --benchmark_list_tests lists "
                 "all names"},
        BadSetUp{"APartOfANameMatches",
                 {"--benchmark_filter=warm"},
                 {},
                 "no benchmark matches --benchmark_filter=warm; did you mean "
                 "--benchmark_filter=WarmPool? --benchmark_list_tests lists all names"},
        BadSetUp{"MalformedFilter", {"--benchmark_filter=("}, {}, "not a regular expression"},
        BadSetUp{"AShellPatternAsFilter",
                 {"--benchmark_filter=["},
                 {},
                 "(a regular expression, not a shell pattern: to select all, leave the flag out)"},
        BadSetUp{"UnwritableOutput",
                 {"--benchmark_out=/does/not/exist/run.json"},
                 {},
                 "/does/not/exist/run.json"},
        BadSetUp{"OutputIsADirectory",
                 {"--benchmark_out=/tmp"},
                 {},
                 "cannot write /tmp: it is a directory; name a file with --benchmark_out"},
        BadSetUp{"OutputOfADryRunIsADirectory",
                 {"--dry_run", "--benchmark_filter=Cold", "--benchmark_out=/tmp"},
                 {},
                 "cannot write /tmp: it is a directory"},
        BadSetUp{"ContextIsTaken",
                 {"ENDPOINT", "--benchmark_context=region=mine"},
                 {},
                 "--benchmark_context=region=mine: the context has a region of its own"},
        BadSetUp{"ContextIsTakenByTheLibrary",
                 {"ENDPOINT", "--benchmark_context=date=today"},
                 {},
                 "the context has a date of its own"},
        BadSetUp{"UnknownSecurityGroup",
                 {"ENDPOINT", "--security_group_id=sg-0123456789abcdef0"},
                 {},
                 "security group sg-0123456789abcdef0 does not exist in us-west-2"},
        BadSetUp{"UnknownRegion", {"ENDPOINT", "--region=mars-north-1"}, {}, "mars-north-1"},
        BadSetUp{"UnknownInstanceType", {"ENDPOINT", "--instance_type=x9.huge"}, {}, "x9.huge"},
        BadSetUp{"WrongSecret", {"ENDPOINT"}, {{"AWS_SECRET_ACCESS_KEY", "wrong"}}, "credential"},
        BadSetUp{
            "WrongAccessKey", {"ENDPOINT"}, {{"AWS_ACCESS_KEY_ID", "AKIAWRONG"}}, "AuthFailure"},
        BadSetUp{"HalfACredential",
                 {"ENDPOINT"},
                 {{"AWS_SECRET_ACCESS_KEY", ""}},
                 "AWS_SECRET_ACCESS_KEY"},
        BadSetUp{
            "UnreachableEndpoint", {"--endpoint_url=http://127.0.0.1:9"}, {}, "http://127.0.0.1:9"},
        BadSetUp{"NoUrl", {"--endpoint_url=localhost"}, {}, "localhost"},
        BadSetUp{"UnknownImage", {"ENDPOINT", "--ami=ami-1"}, {}, "check --ami and --region"},
        BadSetUp{"UnknownSubnet", {"ENDPOINT", "--subnet_id=subnet-1"}, {}, "subnet-1"},
        BadSetUp{"UnknownProfile", {"--local_profile=warp"}, {}, "warp"},
        BadSetUp{"MalformedProfile",
                 {"ENDPOINT"},
                 {{"AWS_ACCESS_KEY_ID", ""},
                  {"AWS_SECRET_ACCESS_KEY", ""},
                  {"AWS_SHARED_CREDENTIALS_FILE", "MALFORMED"}},
                 "malformed:1"}),
    [](const auto& set_up) { return set_up.param.name; });

class InterruptTest : public LaunchProgramTest, public testing::WithParamInterface<int> {};

// Interrupts in the middle of the launches, when the truth shows so many calls of RunInstances.
TEST_P(InterruptTest, LeavesNothingBehindAndClosesTheJson) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0.2", "--rtt=5ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=Cold|Warm", "--benchmark_repetitions=6"});
  test_support::WaitUntil("the moment to interrupt", [&] {
    return CountCalls(json::parse(cloud.Truth()),
                      GetParam() < 0 ? "DescribeInstanceTypes" : "RunInstances") >=
           std::abs(GetParam());
  });
  run->Signal(GetParam() == 7 ? SIGHUP : GetParam() % 2 == 0 ? SIGINT : SIGTERM);
  EXPECT_EQ(run->Wait(), 130) << run->errors();
  EXPECT_THAT(cloud.Held(), testing::IsEmpty());
  if (GetParam() > 0) {
    EXPECT_NO_THROW(Json());
    EXPECT_THAT(run->errors(), HasSubstr("interrupted"));
  }
}

TEST_F(EndToEndTest, ASecondSignalLeavesAtOnceAndListsWhatIsLeft) {
  // Instances take long to end, so that the clean-up of the first signal is still waiting at the
  // second.
  LocalCloud cloud(Program("localcloud"), {"--time_scale=5", "--rtt=0ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=2"});
  test_support::WaitUntil("the third describe", [&] {
    return CountCalls(json::parse(cloud.Truth()), "DescribeInstances") >= 3;
  });
  run->Signal(SIGINT);
  test_support::WaitUntil("the first termination", [&] {
    return CountCalls(json::parse(cloud.Truth()), "TerminateInstances") >= 1;
  });
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(), 130);
  EXPECT_THAT(run->errors(), HasSubstr("security group sg-"));
  EXPECT_THAT(run->errors(), HasSubstr("--cleanup"));
}

// timeout(1) sends SIGTERM to the program, and immediately afterwards to its process group.
TEST_F(EndToEndTest, TwoSigtermsAtOnceAreOneRequestAndALaterOneIsASecond) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=1", "--rtt=0ms"});
  for (const bool later : {false, true}) {
    auto run = StartAt(cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=2"});
    test_support::WaitUntil("group, key pair and two machines",
                            [&] { return cloud.Held().size() >= 4; });
    run->Signal(SIGTERM);
    std::this_thread::sleep_for(std::chrono::milliseconds(later ? 700 : 50));
    run->Signal(SIGTERM);
    EXPECT_EQ(run->Wait(), 130);
    EXPECT_EQ(cloud.Held().empty(), !later) << run->errors();
  }
}

TEST_F(EndToEndTest, ACredentialHelperThatHangsDoesNotHoldUpTheInterrupt) {
  const std::string asked = directory_ / "asked";
  const std::string config =
      WriteFile("config", "[default]\ncredential_process = touch " + asked + "; exec sleep 50\n");
  auto run = Start({"--benchmark_filter=^Cold/", "--cloud=aws"},
                   {{"AWS_CONFIG_FILE", config},
                    {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"},
                    {"AWS_ACCESS_KEY_ID", ""},
                    {"AWS_SECRET_ACCESS_KEY", ""}});
  test_support::WaitUntil("the helper's start", [&] { return std::filesystem::exists(asked); });
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(std::chrono::seconds(20)), 130);
  EXPECT_THAT(run->errors(), HasSubstr("interrupted before the first launch: "));
  EXPECT_THAT(run->errors(), HasSubstr("credential_process of profile default"));
}

TEST_F(EndToEndTest, AFlagsWrongValueIsWrongUsage) {
  for (const std::string flag : {"--benchmark_time_unit=bogus", "--benchmark_repetitions=100001"}) {
    auto run = Start({flag, "--benchmark_filter=^Cold/"});
    EXPECT_EQ(run->Wait(), 2) << flag;
    EXPECT_EQ(run->output(), "");
    EXPECT_THAT(run->errors(),
                testing::StartsWith("launch_bench: " + flag.substr(0, flag.find('='))));
    EXPECT_EQ(std::ranges::count(run->errors(), '\n'), 1) << run->errors();
  }
}

// With `| head` the reader of the output ends early. The machines must be removed all the same.
TEST_F(EndToEndTest, APipeThatNobodyReadsAnyMoreEndsNothing) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms"});
  auto environment = cloud.Environment();
  environment["XDG_STATE_HOME"] = state_home();
  test_support::ChildProcess shell(
      {"bash", "-c",
       "set -o pipefail; " + Program("launch_bench") + " --benchmark_out=" + json_path() +
           " --benchmark_filter=Cold --benchmark_repetitions=2 --endpoint_url=" +
           cloud.endpoint_url() + " --ssh_port=" + std::to_string(cloud.ssh_port()) +
           " 2>&1 | head -n 1"},
      environment);
  EXPECT_EQ(shell.Wait(), 0) << shell.output();
  EXPECT_EQ(Repetitions("Cold").size(), 2u);
  EXPECT_THAT(cloud.Held(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(EndToEnd, InterruptTest, testing::Values(-1, 1, 2, 4, 7));

}  // namespace
}  // namespace suites
