// launch_compare: what two runs say about each other. Exit codes: 0 compared (or passed), 1
// regression, 2 cannot tell.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "compare/benchmark_file.h"
#include "compare/comparison.h"
#include "compare/gate.h"
#include "compare/input_error.h"
#include "compare/names.h"
#include "compare/policy.h"
#include "compare/printable.h"
#include "compare/renderer.h"
#include "compare/summary.h"

namespace launch_compare {
namespace {

constexpr int kCannotTell = 2;

struct Flags {
  std::vector<std::string> files;
  std::vector<std::string> baseline;
  std::vector<std::string> candidate;
  std::vector<std::string> table;
  std::vector<std::string> filters;  // file, baseline filter, candidate filter
  std::string benchmark_filter;
  std::string max_regression = "5%";
  double max_regression_ms = 0;
  double alpha = 0.05;
  bool gate = false;
  std::string on_undecided = "pass";
  std::string policy;
  bool across_contexts = false;
  std::string format = "terminal";
  std::string output;
};

// In decimal notation. CLI11's own check would take "nan" and "0x1p0".
CLI::Validator NumberIn(double least, double most) {
  return {[=](const std::string& text) {
            double value = 0;
            const char* const end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            const bool number = error == std::errc() && stop == end;
            if (number && value >= least && value <= most) return std::string();
            return fmt::format("must be a number from {} to {}, not '{}'", least, most, text);
          },
          fmt::format("in [{} - {}]", least, most)};
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("files", flags.files, "Two Google Benchmark JSON files: baseline candidate")
      ->expected(0, 2);
  app.add_option("--baseline", flags.baseline, "Files of the baseline, comma-separated")
      ->delimiter(',');
  app.add_option("--candidate", flags.candidate, "Files of the candidate, comma-separated")
      ->delimiter(',');
  app.add_option("--benchmark_filter", flags.benchmark_filter,
                 "Regular expression; a leading '-' negates");
  app.add_option("--max_regression", flags.max_regression,
                 "The margin: slower by less is the same, e.g. 5%")
      ->capture_default_str();
  app.add_option("--max_regression_ms", flags.max_regression_ms,
                 "The margin for times at least, in milliseconds")
      ->check(NumberIn(0, 1e12));
  app.add_option("--alpha", flags.alpha, "False alarms allowed, over all gated comparisons")
      ->check(NumberIn(1e-9, 0.5))
      ->capture_default_str();
  app.add_flag("--gate", flags.gate, "Exit 1 on a regression, 2 where it cannot be told");
  app.add_option("--on_undecided", flags.on_undecided,
                 "What the gate makes of an undecided comparison")
      ->check(CLI::IsMember({"pass", "fail"}))
      ->capture_default_str();
  app.add_option("--policy", flags.policy, "JSON file with the gate's rules per benchmark");
  app.add_flag("--across_contexts", flags.across_contexts,
               "Gate although cloud, region, type, ... differ");
  app.add_option("--format", flags.format, "terminal, json, markdown or junit")
      ->check(CLI::IsMember(RendererFormats()))
      ->capture_default_str();
  app.add_option("--output", flags.output,
                 "Write --format to this file, and the terminal's to the terminal");
  CLI::App* table =
      app.add_subcommand("table", "One run at a glance: techniques, phases, findings");
  table->add_option("runs", flags.table, "Google Benchmark JSON files")->required();
  table->fallthrough();
  CLI::App* filters = app.add_subcommand("filters", "Benchmarks of one run against others of it");
  filters->add_option("arguments", flags.filters, "FILE BASELINE_FILTER CANDIDATE_FILTER")
      ->required()
      ->expected(3);
  filters->fallthrough();
  app.require_subcommand(0, 1);
}

// As https://no-color.org has it: any value but the empty one turns colour off.
bool WantsColour() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

[[noreturn]] void FailToWrite(const std::string& path) {
  throw InputError(fmt::format("--output: {} cannot be written: {}", path,
                               std::generic_category().message(errno)));
}

void WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) FailToWrite(path);
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void WriteDirectly(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) FailToWrite(path);
  try {
    WriteAll(fd, text, path);
  } catch (...) {
    close(fd);
    throw;
  }
  close(fd);
}

// An earlier file stays until the new one is on the disk. A link stays, and its target is replaced.
void Replace(const std::string& path, mode_t mode, const std::string& text) {
  std::error_code error;
  std::string target = std::filesystem::canonical(path, error).string();
  if (error) target = path;
  std::string temporary = target + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) FailToWrite(path);
  try {
    WriteAll(fd, text, path);
    if (fchmod(fd, mode) != 0 || fsync(fd) != 0) FailToWrite(path);
    if (rename(temporary.c_str(), target.c_str()) != 0) FailToWrite(path);
  } catch (...) {
    unlink(temporary.c_str());
    close(fd);
    throw;
  }
  close(fd);
}

void WriteFile(const std::string& path, const std::string& text) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    // A link that the kernel does not follow, such as another user's in /tmp, is not to be resolved
    // by us.
    if (errno != ENOENT) FailToWrite(path);
    const mode_t mask = umask(0);
    umask(mask);
    Replace(path, 0644 & ~mask, text);
  } else if (S_ISREG(status.st_mode)) {
    Replace(path, status.st_mode & 07777, text);
  } else {
    WriteDirectly(path, text);
  }
}

// Renders `result` to where the flags say.
template <typename... Result>
void Show(const Flags& flags, const Result&... result) {
  const Renderer& chosen = *FindRenderer(flags.format);
  if (!flags.output.empty()) WriteFile(flags.output, chosen.Render(result..., false));
  const Renderer& shown = flags.output.empty() ? chosen : *FindRenderer("terminal");
  const std::string text = shown.Render(result..., WantsColour());
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw InputError("standard output cannot be written");
  }
}

Policy MakePolicy(const Flags& flags) {
  Policy policy({ParseShare(flags.max_regression, "--max_regression"), flags.max_regression_ms});
  if (!flags.policy.empty()) policy.AddFile(flags.policy);
  return policy;
}

int ShowComparison(const Flags& flags, const Comparison& comparison, const Policy& policy) {
  if (!flags.gate) {
    Show(flags, comparison, static_cast<const GateResult*>(nullptr));
    if (comparison.benchmarks.empty())
      throw InputError("the two sides have no benchmark in common");
    return 0;
  }
  const GateResult gate =
      Gate(comparison, policy, {flags.alpha, flags.on_undecided == "fail", flags.across_contexts});
  Show(flags, comparison, &gate);
  return static_cast<int>(gate.outcome);
}

// One file given twice would count as two independent runs.
void RejectRepeats(const std::vector<std::string>& paths) {
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    if (!seen.insert(path).second)
      throw InputError(path + ": is given twice on one side: a run counts once");
  }
}

int CompareFiles(const Flags& flags) {
  std::vector<std::string> paths = flags.baseline;
  std::size_t baseline_files = flags.baseline.size();
  if (flags.files.size() == 2 && flags.baseline.empty() && flags.candidate.empty()) {
    paths = flags.files;
    baseline_files = 1;
  } else if (flags.files.empty() && !flags.baseline.empty() && !flags.candidate.empty()) {
    RejectRepeats(flags.baseline);
    RejectRepeats(flags.candidate);
    paths.insert(paths.end(), flags.candidate.begin(), flags.candidate.end());
  } else {
    throw InputError(
        "give two files, or --baseline=a.json,... and --candidate=b.json,... (--help shows more)");
  }
  const Policy policy = MakePolicy(flags);
  const NameFilter filter(flags.benchmark_filter);
  std::vector<BenchmarkRun> baseline = ReadBenchmarkFiles(paths);
  const auto split = baseline.begin() + static_cast<std::ptrdiff_t>(baseline_files);
  const std::vector<BenchmarkRun> candidate(std::make_move_iterator(split),
                                            std::make_move_iterator(baseline.end()));
  baseline.erase(split, baseline.end());
  return ShowComparison(
      flags,
      Compare(baseline, candidate, MatchByName(baseline, candidate, filter), {policy, flags.alpha}),
      policy);
}

int CompareFilters(const Flags& flags) {
  if (!flags.benchmark_filter.empty())
    throw InputError("filters has its own two filters: leave --benchmark_filter away");
  const Policy policy = MakePolicy(flags);
  const std::vector<BenchmarkRun> run = ReadBenchmarkFiles({flags.filters[0]});
  return ShowComparison(flags,
                        Compare(run, run, MatchFilters(run[0], flags.filters[1], flags.filters[2]),
                                {policy, flags.alpha}),
                        policy);
}

int ShowTables(const Flags& flags) {
  if (flags.gate) throw InputError("table shows runs one by one: there is nothing to gate");
  const Margin margin{ParseShare(flags.max_regression, "--max_regression"),
                      flags.max_regression_ms};
  std::vector<Summary> tables;
  for (const BenchmarkRun& run : ReadBenchmarkFiles(flags.table)) {
    tables.push_back(Summarise(run, NameFilter(flags.benchmark_filter), margin, flags.alpha));
  }
  Show(flags, tables);
  return 0;
}

// The help's exit status: nothing was compared, and nothing shown if this cannot be written.
int ShowHelp(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return 0;
  std::fputs("launch_compare: standard output cannot be written\n", stderr);
  return kCannotTell;
}

int Main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes: the write fails, and is reported
  CLI::App app(
      "What two benchmark runs say about each other.\n"
      "Exit codes: 0 compared or passed, 1 regression, 2 cannot tell.",
      "launch_compare");
  Flags flags;
  AddFlags(app, flags);
  try {
    app.parse(argc, argv);
    if (app.got_subcommand("table")) return ShowTables(flags);
    if (app.got_subcommand("filters")) return CompareFilters(flags);
    return CompareFiles(flags);
  } catch (const CLI::CallForHelp&) {
    return ShowHelp(app.help());
  } catch (const std::exception& error) {  // usage, input, memory: one line
    fmt::print(stderr, "launch_compare: {}\n", Printable(std::string_view(error.what())));
    return kCannotTell;
  }
}

}  // namespace
}  // namespace launch_compare

int main(int argc, char** argv) { return launch_compare::Main(argc, argv); }
