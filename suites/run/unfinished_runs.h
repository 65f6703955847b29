// Finds runs that ended without cleaning up, by the journals that they left.
#pragma once

#include <string>
#include <vector>

#include "fixtures/leftovers/run_journal.h"

namespace suites {

// Returns the journals of runs that have certainly ended (run_journal.h). Deletes journals without
// anything left, and journals of runs that had their own local cloud, because everything there has
// ended with it.
std::vector<fixtures::JournalledRun> FindUnfinishedRuns();

// Returns "run lb-... left 3 instances, 1 key pair, 1 create call without an answer (AWS,
// us-west-2); to terminate and remove all of it: ./launch_bench --cleanup --cloud=aws
// --region=us-west-2".
std::string DescribeUnfinished(const fixtures::JournalledRun& run);

// Returns "./launch_bench --cleanup --cloud=aws --region=us-west-2", quoted for a shell. An empty
// `endpoint_url` means AWS.
std::string CleanupCommandLine(const std::string& endpoint_url,
                               const std::vector<std::string>& regions);

// Returns "2 instances, 1 key pair".
std::string CountByKind(const std::vector<fixtures::Resource>& resources);

}  // namespace suites
