// Runs that ended without cleaning up, by the journals that they left.
#pragma once

#include <string>
#include <vector>

#include "fixtures/leftovers/run_journal.h"

namespace suites {

// The journals of runs that have surely ended (run_journal.h). Those of runs on a local cloud of
// their own are removed: what was launched there has ended with it. So are those that know of
// nothing left.
std::vector<fixtures::JournalledRun> FindUnfinishedRuns();

// "run lb-... left 3 instances, 1 key pair, 1 create call without an answer (AWS, us-west-2); to
// terminate and remove all of it: ./launch_bench --cleanup --cloud=aws --region=us-west-2"
std::string DescribeUnfinished(const fixtures::JournalledRun& run);

// "./launch_bench --cleanup --cloud=aws --region=us-west-2", for a shell; AWS if `endpoint_url` is
// empty.
std::string CleanupCommandLine(const std::string& endpoint_url,
                               const std::vector<std::string>& regions);

// "2 instances, 1 key pair"
std::string CountByKind(const std::vector<fixtures::Resource>& resources);

}  // namespace suites
