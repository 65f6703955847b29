// Stage 4 of a run: collects the launches of one arm, and writes its results.
#pragma once

#include <iosfwd>
#include <map>
#include <string>

#include "fixtures/launch/launch_schedule.h"
#include "suites/run/arm_target.h"

namespace suites {

class ArmResults {
 public:
  // Blocks until Google Benchmark has collected all launches of the arm from `schedule`. Prints
  // what --benchmark_format asks for, and writes the results file with `more_context` in its
  // context. `arm` and `schedule` must outlive this.
  ArmResults(const ArmTarget& arm, fixtures::LaunchSchedule* schedule,
             const std::map<std::string, std::string>& more_context);

  // Prints the summary, if --benchmark_format is for people and not for programs.
  void Summarize() const;
  // Prints to `out` where results and samples are; or that they could not be written, and what to
  // do.
  void NameFiles(std::ostream& out) const;

  // Returns why the results file could not be written; empty if it was written.
  const std::string& write_failure() const { return write_failure_; }
  // Returns true if every launch was measured.
  bool AllMeasured() const;

 private:
  const ArmTarget& arm_;
  const fixtures::LaunchSchedule& schedule_;
  std::string write_failure_;
};

}  // namespace suites
