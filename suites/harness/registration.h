// Registers a fixture with Google Benchmark.
#pragma once

#include <memory>
#include <vector>

#include "fixtures/launch/launch_fixture.h"

namespace suites {

// Makes a Technique, registers it with the library and appends it to `registered`. The library owns
// it until the process ends. This calls RegisterBenchmarkInternal, as the library's BENCHMARK
// macros do, because the public functions take only callables and not a fixture.
template <typename Technique, typename... Arguments>
void Register(std::vector<fixtures::LaunchFixture*>* registered, Arguments&&... arguments) {
  auto technique = std::make_unique<Technique>(std::forward<Arguments>(arguments)...);
  registered->push_back(technique.get());
  benchmark::internal::RegisterBenchmarkInternal(technique.release());
}

}  // namespace suites
