#include "suites/harness/library_flags.h"

#include <benchmark/benchmark.h>

#include "suites/command/command_line.h"

namespace suites {

void SetLibraryFlags(std::vector<std::string> arguments) {
  // The library keeps the pointer to the program's name, and writes it into the JSON's context.
  static std::string program;
  program = arguments.front();
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.front() = program.data();
  argv.push_back(nullptr);
  int argc = static_cast<int>(arguments.size());
  benchmark::Initialize(&argc, argv.data());
  // The library removes the flags that it knows.
  if (argc > 1) {
    throw UsageError(std::string("Google Benchmark does not accept ") + argv[1] +
                     "; --help shows all flags");
  }
}

}  // namespace suites
