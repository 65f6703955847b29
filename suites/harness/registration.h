// Handing a fixture to Google Benchmark.
#pragma once

#include <memory>
#include <vector>

#include "fixtures/launch/launch_fixture.h"

namespace suites {

// The library owns it from here on, until the process ends. RegisterBenchmarkInternal is what the
// library's own BENCHMARK macros expand to: the public functions take only callables, and would
// lose the fixture.
template <typename Technique, typename... Arguments>
void Register(std::vector<fixtures::LaunchFixture*>* registered, Arguments&&... arguments) {
  auto technique = std::make_unique<Technique>(std::forward<Arguments>(arguments)...);
  registered->push_back(technique.get());
  benchmark::internal::RegisterBenchmarkInternal(technique.release());
}

}  // namespace suites
