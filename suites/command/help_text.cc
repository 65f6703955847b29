#include "suites/command/help_text.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "suites/command/command_line.h"
#include "suites/command/flag_definitions.h"
#include "suites/command/raw_flags.h"
#include "suites/command/technique_list.h"
#include "suites/command/wrap_text.h"

namespace suites {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 28;  // where descriptions begin

constexpr std::string_view kIntroduction =
    "launch_bench measures how long it takes to get a usable cloud machine, phase by phase. "
    "Without --cloud or --endpoint_url it launches on a local cloud, whose latencies are modelled: "
    "such a run says nothing about how fast AWS is. With --cloud=qemu it boots virtual machines on "
    "this host and measures them.";

struct Example {
  std::string_view command;
  std::string_view what;
};

constexpr std::array kExamples = std::to_array<Example>({
    {"./launch_bench --benchmark_filter=Warm", "the warm pools, on the local cloud"},
    {"./launch_bench --local_time_scale=0.05", "everything, with modelled time 20 times as fast"},
    {"./launch_bench --cloud=qemu --benchmark_filter=^Cold/",
     "boots of virtual machines on this host"},
    {"./launch_bench --cloud=aws --benchmark_filter=Cold --dry_run",
     "what a run on AWS would create, cost and need"},
    {"./launch_bench --cloud=aws --benchmark_filter=Cold --max_usd=1", "that run, within a limit"},
    {"./launch_bench --interleave=A.conf,B.conf --benchmark_repetitions=10",
     "two configurations, launch by launch in turn"},
    {"./launch_bench audit -- ./my_waiter",
     "how late a script of yours notices that a machine runs (audit --help)"},
});

constexpr std::string_view kFileText =
    "A file of --config or --interleave has lines NAME=VALUE, with the names above without the "
    "dashes; lines that start with # are comments. A flag on the command line overrides the file. "
    "If a flag with one value is given twice, the last one wins; values of lists (a,b,...) add up.";

constexpr std::string_view kDurationText =
    "A DURATION is a number with ms, s or m (250ms, 1.5s, 5m). Without a unit it is in the unit of "
    "the flag's default.";

constexpr std::string_view kExitText =
    "Exit status: 0 all measured, 1 some launch failed, 2 wrong usage or set-up, 130 interrupted "
    "(after cleaning up).";

constexpr std::string_view kAuditIntroduction =
    "launch_bench audit runs a command (your waiter, Packer, a Python loop) against a local cloud "
    "that it starts. Then it reports on standard error, from what really happened there, how late "
    "the command noticed that its machines were running, reachable and ready, and what its API "
    "calls were. The cloud's latencies are modelled; the command's own delays are real.";

constexpr std::array kAuditVariables = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"AWS_ENDPOINT_URL", "The local cloud"},
     {"AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY", "Its credentials"},
     {"AWS_REGION, AWS_DEFAULT_REGION", "Its region"},
     {"AUDIT_IMAGE_ID", "The latest Amazon Linux 2023"},
     {"AUDIT_SECURITY_GROUP_ID", "A group of the default VPC that admits SSH"},
     {"AUDIT_SSH_PORT", "SSH port of the machines"},
     {"AUDIT_KEY_NAME, AUDIT_KEY_FILE",
      "A key pair, and the file of its private key (if there is "
      "an ssh-keygen)"}});

constexpr std::string_view kAuditSafetyText =
    "launch_bench hides your credentials from the command's environment: your AWS_* variables, "
    "profiles and credential files, and an instance's credentials. It is not a sandbox: a command "
    "that brings its own credentials, or drops the environment (sudo, docker, env -i), calls AWS "
    "with your account. Settings in ~/.aws/config do not apply; AWS_DEFAULT_OUTPUT, AWS_RETRY_MODE "
    "and AWS_MAX_ATTEMPTS do. A program that does not read AWS_ENDPOINT_URL, such as the AWS CLI "
    "before 1.29 and 2.13, needs --endpoint-url or a setting of its own; otherwise AWS refuses its "
    "calls.";

constexpr std::string_view kAuditExitText =
    "Exit status: the command's own; 128 and the signal's number if a signal ended it; 127 if it "
    "is not found, 126 if it cannot be started; 2 wrong usage or set-up; 1 if it succeeded but the "
    "report could not be made or written; 130 interrupted twice, or before it started.";

// Returns "  --name=VALUE", then its description in a second column.
std::string Entry(const std::string& name, std::string_view what) {
  std::string text = "  " + name;
  if (text.size() + 2 <= kColumn) {
    text.resize(kColumn, ' ');
  } else {
    text += "\n" + std::string(kColumn, ' ');
  }
  return text + Wrap(what, kWidth - kColumn, kColumn) + "\n";
}

std::string DescribeOption(const CLI::Option& option) {
  std::string name = option.get_name(false, true);
  if (!option.get_option_text().empty()) name += option.get_option_text();
  std::string what = option.get_description();
  if (!option.get_default_str().empty())
    what += fmt::format(" (default {})", option.get_default_str());
  return Entry(name, what);
}

std::string DescribeGroup(const CLI::App& app, const std::string& group) {
  std::string text = group + ":\n";
  for (const CLI::Option* option :
       app.get_options([&](const CLI::Option* one) { return one->get_group() == group; }))
    text += DescribeOption(*option);
  return text;
}

}  // namespace

std::string AuditHelpText() {
  CommandLine line;
  RawFlags raw;
  const std::unique_ptr<CLI::App> app = DefineFlags(line, raw);
  std::string text =
      Wrap(kAuditIntroduction, kWidth, 0) +
      "\n\nUsage: ./launch_bench audit [FLAG...] -- COMMAND...\n\nExamples:\n"
      "  ./launch_bench audit -- ./my_waiter\n"
      "  ./launch_bench audit --benchmark_out=audit.json -- python3 launch.py\n\n" +
      DescribeGroup(*app, kLocalGroup) + "\nReport and machines:\n" +
      Entry("--benchmark_out=FILE", "Also write the report to FILE, as JSON") +
      Entry("--ssh_port=PORT",
            "SSH port of the machines (default: any free one). 22 requires root; scripts that do "
            "not know AUDIT_SSH_PORT need it") +
      "\nThe command's environment:\n";
  for (const auto& [name, what] : kAuditVariables) text += Entry(std::string(name), what);
  for (const std::string_view paragraph : {kAuditSafetyText, kAuditExitText})
    text += "\n" + Wrap(paragraph, kWidth, 0) + "\n";
  return text;
}

std::string HelpText() {
  CommandLine line;
  RawFlags raw;
  const std::unique_ptr<CLI::App> app = DefineFlags(line, raw);
  std::string text = Wrap(kIntroduction, kWidth, 0) + "\n\n";
  text +=
      "Usage: ./launch_bench [FLAG...]\n"
      "       ./launch_bench audit [FLAG...] -- COMMAND...\n\n"
      "Examples:\n";
  for (const Example& example : kExamples)
    text += fmt::format("  {}\n      {}\n", example.command, example.what);
  for (const char* group : {kTargetGroup, kLaunchGroup, kMeasureGroup, kLimitsGroup, kResultsGroup,
                            kLocalGroup, kOtherGroup})
    text += "\n" + DescribeGroup(*app, group);
  text += "\nTechniques (docs/techniques.md):\n";
  for (const Technique& technique : Techniques())
    text += Entry(std::string(technique.name), technique.what);
  for (const std::string_view paragraph : {kFileText, kDurationText, kExitText})
    text += "\n" + Wrap(paragraph, kWidth, 0) + "\n";
  return text;
}

}  // namespace suites
