// Reads back the label that a launch carries through the library.
#pragma once

#include <string>
#include <vector>

namespace suites {

struct LaunchLabel {
  std::vector<std::string> phases;   // in order
  std::vector<std::string> derived;  // those of `phases` that were not observed themselves
  // The guest could not say which instance it is: the launch may have measured another machine.
  bool unverified = false;
};

// Returns an empty label if `label` was not written by launch_bench.
LaunchLabel ReadLaunchLabel(const std::string& label);

}  // namespace suites
