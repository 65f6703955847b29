// The flags that the command line and its --config file give, each with its value.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace suites {

struct GivenFlag {
  std::string name;  // "--region"
  std::optional<std::string> value;
  std::string place;  // "A.conf, line 3"; empty for the command line

  std::string Argument() const { return value ? name + "=" + *value : name; }
};

// Reads the arguments, without the program's name: --name=value, --name value, --name. `app`
// defines the flags (flag_definitions.h). Throws UsageError if an argument is not a flag (and names
// the nearest flag), or if its value is missing.
std::vector<GivenFlag> ReadArguments(const std::vector<std::string>& arguments,
                                     const CLI::App& app);

// Reads a file of lines NAME=VALUE. Comments start with # or ;, values may be quoted, and a list
// may be written [a, b]. Throws UsageError with file and line if a line is not valid. Throws
// UsageError with the flag `named_by` if the file cannot be read.
std::vector<GivenFlag> ReadConfigFile(const std::string& path, const std::string& named_by,
                                      const CLI::App& app);

}  // namespace suites
