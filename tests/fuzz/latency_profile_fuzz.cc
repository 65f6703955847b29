// Feeds arbitrary bytes to the reader of latency profiles: taken, or refused with one line that
// names the file. What is taken can be drawn from. Run by scripts/fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "localcloud/model/latency_profile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto profile = localcloud::LatencyProfile::Parse(
        std::string(reinterpret_cast<const char*>(data), size), "input");
    const auto& region = profile.ForRegion("us-west-2");
    if (region.Api("RunInstances").Draw(1, "key").count() < 0) std::abort();
    for (const auto& [name, step] : region.guest) {
      if (step.duration.Draw(1, name).count() < 0) std::abort();
    }
  } catch (const std::runtime_error& error) {
    if (!std::string_view(error.what()).starts_with("profile ")) std::abort();
  }
  return 0;
}
