// Feeds arbitrary bytes, as a <run>.jsonl, to the reader of samples and to a run that continues the
// file: lines are samples or skipped, and a sample that was read can be written and read again. The
// file is in memory. Run by scripts/fuzz.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "fixtures/launch/sample.h"
#include "fixtures/launch/sample_log.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// What a resumed run does with a sample of the earlier one: reports it.
void Report(const fixtures::Sample& sample) {
  fixtures::CountersOf(sample);
  fixtures::LabelOf(sample);
  const std::string line = fixtures::ToJsonLine(sample);
  Require(line.find('\n') == std::string::npos);
  const auto again = fixtures::FromJsonLine(line);
  Require(again.has_value());
  Require(again->benchmark == sample.benchmark && again->launch_index == sample.launch_index);
  Require(again->ok == sample.ok && again->interrupted == sample.interrupted);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int fd = memfd_create("samples", MFD_CLOEXEC);
  Require(fd >= 0 && write(fd, data, size) == static_cast<ssize_t>(size));
  const std::string path = "/proc/self/fd/" + std::to_string(fd);

  for (const fixtures::Sample& sample : fixtures::ReadSampleLog(path)) Report(sample);

  fixtures::Sample next;
  next.benchmark = "written by the run that continues";
  {
    fixtures::SampleLog log(path, fixtures::SampleLog::Mode::kContinue);
    next.launch_index = static_cast<int>(fixtures::ReadSampleLog(path).size());
    log.Write(next);
  }
  // Nothing that was there is lost, and what is new is neither joined to an older line nor lost.
  const std::vector<fixtures::Sample> all = fixtures::ReadSampleLog(path);
  Require(!all.empty());
  const bool again = all.size() == static_cast<std::size_t>(next.launch_index);  // it stood there
  Require(again || (all.size() == static_cast<std::size_t>(next.launch_index) + 1 &&
                    all.back().benchmark == next.benchmark));
  close(fd);
  return 0;
}
