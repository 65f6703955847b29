// Flags whose text must be converted or checked against other flags.
#pragma once

#include <string>
#include <vector>

#include "suites/command/command_line.h"

namespace suites {

// Values as the user wrote them. A CommandLine holds them in another form.
struct RawFlags {
  std::vector<std::string> regions;
  std::vector<std::string> tags;
  std::vector<std::string> hybrid_sizes;
  std::string cloud = "local";
  std::string qemu_image = "debian";
  std::string address = "public";
  std::string ssh_key_type = "ed25519";
  std::string cleanup;
  std::string yes_account;     // --yes=ACCOUNT
  bool cleanup_given = false;  // with or without a value
};

// Converts `raw` into `line`. Throws UsageError if a value is not valid, or if flags contradict
// each other.
void ConvertFlags(const RawFlags& raw, CommandLine& line);

}  // namespace suites
