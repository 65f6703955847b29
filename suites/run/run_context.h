// What a run's JSON says about the run.
#pragma once

#include <map>
#include <string>

#include "suites/run/target.h"

namespace suites {

// Keys and values of the JSON's context: what a reader needs to judge the numbers, and what two
// runs must share to be compared. Names no credential and no account.
std::map<std::string, std::string> DescribeRun(const Target& target, const std::string& run_id);

// Adds the pairs of --benchmark_context. Throws UsageError if a key is there already, or is one of
// the library's.
void AddContext(const std::map<std::string, std::string>& more,
                std::map<std::string, std::string>* context);

std::string VersionText();  // "0.1.0 (3fa9c1d2)"

}  // namespace suites
