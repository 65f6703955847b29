// Reading back the label that a launch carries through the library.
#pragma once

#include <string>
#include <vector>

namespace suites {

struct LaunchLabel {
  std::vector<std::string> phases;   // in order
  std::vector<std::string> derived;  // of these, the ones not observed on their own
  // The guest could not say which instance it is: the launch may have measured another machine.
  bool unverified = false;
};

// Empty where `label` is none of ours.
LaunchLabel ReadLaunchLabel(const std::string& label);

}  // namespace suites
