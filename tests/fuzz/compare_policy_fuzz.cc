// Feeds arbitrary bytes to the reader of gate policies: taken, or refused with one line that names
// the file. Run by scripts/fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "compare/input/input_error.h"
#include "compare/judge/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Regular expressions are the C library's, which takes exponential time for some.
  if (size > 512) return 0;
  try {
    launch_compare::Policy policy;
    policy.AddJson(std::string(reinterpret_cast<const char*>(data), size), "policy");
    policy.RuleFor("Burst/4", "real_time");
    policy.UnusedRules({{"Cold", {"real_time", "request_ms"}}, {"Burst/4", {"real_time"}}});
  } catch (const launch_compare::InputError& error) {
    if (!std::string_view(error.what()).starts_with("policy")) std::abort();
  }
  return 0;
}
