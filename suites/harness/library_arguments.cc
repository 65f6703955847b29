#include "suites/harness/library_arguments.h"

#include <benchmark/benchmark.h>

#include <sstream>

#include "suites/command/command_line.h"

namespace suites {
namespace {

// Only lends its stream: in list mode the library writes names to it and reports nothing.
class NameCollector : public benchmark::BenchmarkReporter {
 public:
  NameCollector() {
    SetOutputStream(&names_);
    SetErrorStream(&errors_);
  }
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& /*runs*/) override {}

  std::vector<std::string> names() {
    std::vector<std::string> lines;
    for (std::string line; std::getline(names_, line);) lines.push_back(line);
    return lines;
  }
  // What the library had to say: that a filter is no regular expression, or matches nothing.
  std::string errors() const { return errors_.str(); }

 private:
  std::stringstream names_;
  std::stringstream errors_;
};

}  // namespace

void LibraryArguments::Initialize() const {
  std::vector<std::string> copies = arguments_;
  // The library keeps the pointer to its program's name, and writes it into the JSON's context.
  static std::string program;
  program = copies.front();
  std::vector<char*> argv;
  for (std::string& copy : copies) argv.push_back(copy.data());
  argv.front() = program.data();
  argv.push_back(nullptr);
  int argc = static_cast<int>(copies.size());
  benchmark::Initialize(&argc, argv.data());
  // What it knows, it takes out.
  if (argc > 1)
    throw UsageError(std::string("Google Benchmark does not take ") + argv[1] +
                     "; --help shows all flags");
}

std::vector<std::string> MatchedNames(const LibraryArguments& arguments) {
  LibraryArguments listing = arguments;
  listing.Add("--benchmark_list_tests=true");
  listing.Add("--benchmark_out=");  // else the library opens that file for a list too
  listing.Initialize();
  NameCollector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  const std::string errors = collector.errors();
  if (errors.starts_with("Could not compile")) {
    throw UsageError("--benchmark_filter is no regular expression: " +
                     errors.substr(0, errors.find('\n')));
  }
  LibraryArguments running = arguments;
  running.Add("--benchmark_list_tests=false");
  running.Initialize();
  return collector.names();
}

}  // namespace suites
