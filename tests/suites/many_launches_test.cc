// Hundreds of launches in flight in one process: what they take of threads, descriptors and API
// calls. docs/performance.md has a thousand.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using test_support::LocalCloud;
using testing::HasSubstr;

constexpr int kLaunches = 200;

std::ptrdiff_t CountEntries(const std::string& directory) {
  std::error_code ended;
  const std::filesystem::directory_iterator entries(directory, ended);
  return ended ? 0 : std::distance(begin(entries), end(entries));
}

class ManyLaunchesTest : public LaunchProgramTest {};

TEST_F(ManyLaunchesTest, TwoHundredAtOnceSucceedWithTheThreadsOfTwoHundred) {
  LocalCloud cloud(Program("localcloud"),
                   {"--profile=raised_limits", "--time_scale=0.2", "--rtt=2ms"});
  auto run =
      StartAt(cloud, {"--benchmark_filter=^Cold/", "--concurrency=" + std::to_string(kLaunches),
                      "--benchmark_repetitions=" + std::to_string(kLaunches),
                      "--api_log=" + (directory_ / "calls.jsonl").string()});
  std::ptrdiff_t most_threads = 0;
  std::ptrdiff_t most_descriptors = 0;
  std::jthread watch([&](const std::stop_token& stop) {
    const std::string process = "/proc/" + std::to_string(run->pid());
    while (!stop.stop_requested()) {
      most_threads = std::max(most_threads, CountEntries(process + "/task"));
      most_descriptors = std::max(most_descriptors, CountEntries(process + "/fd"));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // samples, waits for nothing
    }
  });
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  watch = std::jthread();

  double first_end = 1e300;
  double last_start = 0;
  for (const nlohmann::json& line : Lines()) {
    const double start = line.at("start_monotonic_ns").get<double>() / 1e6;
    last_start = std::max(last_start, start);
    first_end = std::min(first_end, start + line.at("total_ms").get<double>());
  }
  EXPECT_LT(last_start, first_end) << "all of them were in flight at once";
  // One for each launch, and those that all launches share: of these, up to 8 for each of the two
  // watchers wait for describes.
  EXPECT_LE(most_threads, kLaunches + 32);
  EXPECT_LE(most_descriptors, 3 * kLaunches + 1'000);

  int pings = 0;
  std::ifstream calls(directory_ / "calls.jsonl");
  for (std::string line; std::getline(calls, line);)
    pings += line.find("\"Ping\"") != std::string::npos ? 1 : 0;
  EXPECT_LE(pings, 3 * kLaunches) << "connections are warmed for all launches together";
}

TEST_F(ManyLaunchesTest, MoreThanThereAreDescriptorsForIsRefusedAtTheStart) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms"});
  const auto start_with = [&](const std::string& concurrency) {
    const std::vector<std::string> command{"sh",
                                           "-c",
                                           "ulimit -n 512; exec \"$0\" \"$@\"",
                                           Program("launch_bench"),
                                           "--benchmark_filter=^Cold/",
                                           "--benchmark_repetitions=100",
                                           "--concurrency=" + concurrency,
                                           "--benchmark_out=" + json_path(),
                                           "--endpoint_url=" + cloud.endpoint_url(),
                                           "--ssh_port=" + std::to_string(cloud.ssh_port())};
    auto environment = cloud.Environment();
    environment["XDG_STATE_HOME"] = state_home();
    return std::make_unique<test_support::ChildProcess>(command, environment);
  };
  const auto refused = start_with("100");
  EXPECT_EQ(refused->Wait(), 2) << refused->errors();
  EXPECT_THAT(refused->errors(),
              HasSubstr("--concurrency=100 needs more file descriptors than this process may have "
                        "(512): use --concurrency=58"));
  EXPECT_THAT(cloud.Held(), testing::IsEmpty());

  const auto fitting = start_with("58");
  EXPECT_EQ(fitting->Wait(), 0) << fitting->errors();
}

}  // namespace
}  // namespace suites
