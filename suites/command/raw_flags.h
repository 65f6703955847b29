// Flags as they are written, and what they mean together.
#pragma once

#include <string>
#include <vector>

#include "suites/command/command_line.h"

namespace suites {

// What a CommandLine holds in another form.
struct RawFlags {
  std::vector<std::string> regions;
  std::vector<std::string> tags;
  std::vector<std::string> hybrid_sizes;
  std::string cloud = "local";
  std::string address = "public";
  std::string ssh_key_type = "ed25519";
  std::string cleanup;
  std::string yes_account;  // --yes=ACCOUNT
  // Whether the flag was given at all, with a value or without.
  bool cleanup_given = false;
  bool concurrency_given = false;
};

// Fills in what follows from `raw`. Throws UsageError for what does not fit together.
void ConvertFlags(const RawFlags& raw, CommandLine& line);

}  // namespace suites
