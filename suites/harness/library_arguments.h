// Google Benchmark's command line, made and handed over.
#pragma once

#include <string>
#include <vector>

namespace suites {

class LibraryArguments {
 public:
  explicit LibraryArguments(std::vector<std::string> arguments)
      : arguments_(std::move(arguments)) {}

  void Add(std::string argument) { arguments_.push_back(std::move(argument)); }
  // benchmark::Initialize; later calls override earlier ones, flag by flag. Throws UsageError for
  // what the library refuses.
  void Initialize() const;

 private:
  std::vector<std::string> arguments_;
};

// The full names of the registered benchmarks that the library's own filter matches, as it judges
// by `arguments`.
std::vector<std::string> MatchedNames(const LibraryArguments& arguments);

}  // namespace suites
