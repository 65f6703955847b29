// microbenchmarks: launch_bench's own work, each piece beside the library calls that are its floor.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>

namespace {

// What decides how often this program's C++ allocates: compiler, standard library, optimisation.
std::string Toolchain() {
#ifdef __clang__
  const char* const compiler = "Clang";
  const int version = __clang_major__;
#else
  const char* const compiler = "GCC";
  const int version = __GNUC__;
#endif
#ifdef __OPTIMIZE__
  const char* const optimised = "optimised";
#else
  const char* const optimised = "not optimised";
#endif
  return fmt::format("{} {}, libstdc++ {}, {}", compiler, version, _GLIBCXX_RELEASE, optimised);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    benchmark::AddCustomContext("toolchain", Toolchain());
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "microbenchmarks: {}\n", error.what());
    return 1;
  }
}
