// Feeds arbitrary bytes to launch_compare's reader, and what it accepts to the comparison with
// itself and to every renderer: whatever a file holds, it is refused with one line or compared, and
// nothing crashes. Run by scripts/fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "compare/input/benchmark_file.h"
#include "compare/input/input_error.h"
#include "compare/judge/comparison.h"
#include "compare/judge/gate.h"
#include "compare/judge/summary.h"
#include "compare/render/renderer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace launch_compare;
  try {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::vector<BenchmarkRun> run = {ParseBenchmarkJson(text, "input")};
    const CompareOptions options;
    const Comparison comparison = Compare(run, run, MatchByName(run, run, NameFilter()), options);
    const GateResult gate = Gate(comparison, options.policy, {});
    const std::vector<Summary> tables = {Summarise(run[0], NameFilter(), Margin(), options.alpha)};
    for (const std::string& format : RendererFormats()) {
      FindRenderer(format)->Render(comparison, &gate, Screen());
      if (format != "junit") FindRenderer(format)->Render(tables, Screen());
    }
    // A run is never slower or faster than itself.
    for (const GatedTest& test : gate.tests) {
      if (test.regression || test.verdict == Verdict::kFaster) std::abort();
    }
  } catch (const InputError& error) {
    if (!std::string_view(error.what()).starts_with("input")) std::abort();
  }
  return 0;
}
