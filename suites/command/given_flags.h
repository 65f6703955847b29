// The flags that a command line and its --config file give, each with its value.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace suites {

struct GivenFlag {
  std::string name;  // "--region"
  std::optional<std::string> value;
  std::string place;  // "A.conf, line 3"; empty: the command line

  std::string Argument() const { return value ? name + "=" + *value : name; }
};

// Reads the arguments, without the program's name: --name=value, --name value, --name. `app` knows
// the flags (flag_definitions.h). Throws UsageError for what is no flag or lacks its value, and
// names the nearest flag.
std::vector<GivenFlag> ReadArguments(const std::vector<std::string>& arguments,
                                     const CLI::App& app);

// Reads a file of lines NAME=VALUE. Comments start with # or ;, values may be quoted, and a list
// may be written [a, b]. Throws UsageError, which names file and line; if the file cannot be read,
// the flag that names it (`named_by`).
std::vector<GivenFlag> ReadConfigFile(const std::string& path, const std::string& named_by,
                                      const CLI::App& app);

}  // namespace suites
