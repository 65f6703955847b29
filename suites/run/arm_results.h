// Stage 4 of a run: the launches of one arm are collected, and its results are written.
#pragma once

#include <iosfwd>
#include <map>
#include <string>

#include "fixtures/launch/launch_schedule.h"
#include "suites/run/arm_target.h"

namespace suites {

class ArmResults {
 public:
  // Blocks until Google Benchmark has collected all launches of the arm from `schedule`; prints
  // what --benchmark_format asks for, and writes the results' file. `more_context` is added to its
  // context. `arm` and `schedule` outlive this.
  ArmResults(const ArmTarget& arm, fixtures::LaunchSchedule* schedule,
             const std::map<std::string, std::string>& more_context);

  // Prints the summary, if the format is for people.
  void Summarize() const;
  // Says where results and samples are, on `out`; or that they could not be written, and what to
  // do.
  void NameFiles(std::ostream& out) const;

  // Why the results' file could not be written; empty if it was.
  const std::string& write_failure() const { return write_failure_; }
  // Returns true if every launch was measured.
  bool AllMeasured() const;

 private:
  const ArmTarget& arm_;
  const fixtures::LaunchSchedule& schedule_;
  std::string write_failure_;
};

}  // namespace suites
