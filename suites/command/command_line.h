// The flags: Google Benchmark's own, and launch_bench's.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "fixtures/cost/spend_limit.h"
#include "fixtures/region/launch_options.h"
#include "suites/command/local_cloud_settings.h"

namespace suites {

// Wrong usage. what() is one line: what is wrong, where, and what to do. The exit code is 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct CommandLine {
  std::vector<std::string> arguments;  // as given, starting with the program's name
  fixtures::LaunchOptions launch;

  enum class Cloud { kLocal, kQemu, kAws } cloud = Cloud::kLocal;
  // Returns true if the run starts a local cloud of its own.
  bool starts_local_cloud() const { return endpoint_url.empty() && cloud != Cloud::kAws; }
  // Returns true if that cloud's machines are virtual machines on this host.
  bool starts_virtual_machines() const { return endpoint_url.empty() && cloud == Cloud::kQemu; }
  enum class Cleanup { kNo, kAbandoned, kAll } cleanup = Cleanup::kNo;
  bool ssh_port_given = false;
  bool concurrency_given = false;
  bool launch_timeout_given = false;
  bool yes = false;
  bool dry_run = false;
  bool print_iam_policy = false;
  bool show_help = false;
  bool show_version = false;
  bool verbose = false;
  std::string endpoint_url;  // overrides --cloud
  LocalCloudSettings local;

  std::string results_dir = "results/runs";
  std::string resume;  // --resume: a run's id, or one of its files; empty for a new run
  fixtures::SpendLimits limits;
  std::string yes_account;              // --yes=<account id>
  std::string api_log;                  // --api_log: a file; empty if not given
  std::string print_fleet_plan;         // a variant of the Fleet benchmarks
  std::string config_file;              // --config
  std::vector<std::string> interleave;  // two configuration files; empty if not given

  // For benchmark::Initialize: the program's name, then Google Benchmark's flags.
  std::vector<std::string> benchmark_arguments;
  bool list_tests = false;
  // Fleets take minutes, so they run only if the filter names them.
  bool wants_fleet = false;
  bool regions_given = false;  // --region also names the regions of the sweep
  int repetitions = 3;
  std::string format = "console";              // --benchmark_format
  std::string out;                             // --benchmark_out; if empty, a file in results_dir
  std::string out_format = "json";             // --benchmark_out_format
  std::string color = "auto";                  // --benchmark_color
  std::map<std::string, std::string> context;  // --benchmark_context; the library does not get it
};

// Reads `arguments` (starting with the program's name) and the file of --config. Throws UsageError
// if they are not valid.
CommandLine ParseCommandLine(const std::vector<std::string>& arguments);

// Returns the two command lines of --interleave=A,B: the rest of `arguments`, once with --config=A
// and once with --config=B. Throws UsageError if their launches cannot alternate.
std::vector<CommandLine> ParseInterleaved(const std::vector<std::string>& arguments);

}  // namespace suites
