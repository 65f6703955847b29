// The description of a run in its JSON.
#pragma once

#include <map>
#include <string>

#include "suites/run/target.h"

namespace suites {

// Returns keys and values for the context of the JSON: what a reader needs to judge the numbers,
// and what two runs must share to be compared. Contains no credential and no account.
std::map<std::string, std::string> DescribeRun(const Target& target, const std::string& run_id);

// Adds the pairs of --benchmark_context. Throws UsageError if `context` or the library already has
// one of the keys.
void AddContext(const std::map<std::string, std::string>& more,
                std::map<std::string, std::string>* context);

std::string VersionText();  // returns "0.1.0 (3fa9c1d2)"

}  // namespace suites
