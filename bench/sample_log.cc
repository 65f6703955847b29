// A sample's line in the log (ToJsonLine, write, fdatasync), beside the write and fdatasync of the
// same bytes alone.
#include "fixtures/launch/sample_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "aws/unique_fd.h"
#include "bench/measure.h"
#include "fixtures/launch/sample.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

// Removed with all files in it.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = (fs::temp_directory_path() / "microbenchmarks-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  std::string File(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

// As a cold launch leaves it.
fixtures::Sample ColdSample() {
  using std::chrono::milliseconds;
  const fixtures::Clock::time_point start{std::chrono::seconds(5)};
  fixtures::Sample sample;
  sample.benchmark = "Cold";
  sample.region = "us-west-2";
  sample.zone = "us-west-2a";
  sample.instance_type = "m7i.large";
  sample.image_id = "ami-0123456789abcdef0";
  sample.instance_id = "i-0123456789abcdef0";
  sample.ok = true;
  sample.timeline.emplace(start);
  sample.timeline->EndPhase("api", {start + milliseconds(390), {}});
  sample.timeline->EndPolledPhase("pending_to_running",
                                  {start + milliseconds(1740), milliseconds(162)});
  sample.timeline->EndPolledPhase("running_to_tcp", {start + milliseconds(3220), milliseconds(10)});
  sample.timeline->EndPolledPhase("tcp_to_ssh", {start + milliseconds(3300), milliseconds(52)});
  sample.counters = {{"api_calls", 1},       {"describe_polls", 10},    {"rtt_ms", 1.597},
                     {"usd", 0.001778},      {"boot_to_ssh_ms", 1565},  {"address_known_ms", 724},
                     {"rejected_logins", 1}, {"instance_rtt_ms", 1.521}};
  return sample;
}

void LogSample(benchmark::State& state) {
  const ScratchDirectory directory;
  fixtures::SampleLog log(directory.File("run.jsonl"));
  const fixtures::Sample sample = ColdSample();
  Measure(state, [&] { log.Write(sample); });
}
BENCHMARK(LogSample)->Name("Log/Sample")->UseRealTime()->Unit(benchmark::kMicrosecond);

void LogSampleFloor(benchmark::State& state) {
  const ScratchDirectory directory;
  const std::string path = directory.File("bytes");
  const aws::UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  const std::string line = fixtures::ToJsonLine(ColdSample()) + "\n";
  Measure(state, [&] {
    if (write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        fdatasync(file.get()) != 0) {
      throw std::runtime_error("cannot write " + path);
    }
  });
}
BENCHMARK(LogSampleFloor)->Name("Log/Floor")->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bench
