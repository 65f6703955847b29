#include "suites/command/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <map>

#include "suites/command/benchmark_flags.h"
#include "suites/command/flag_definitions.h"
#include "suites/command/flag_values.h"
#include "suites/command/given_flags.h"
#include "suites/command/raw_flags.h"

namespace suites {
namespace {

// Returns the flags of the command line, and those of its file that the command line does not
// override.
std::vector<GivenFlag> ReadFlags(const std::vector<std::string>& arguments,
                                 const std::string& named_by, const CLI::App& app) {
  auto given = ReadArguments(arguments, app);
  std::string file;
  for (const GivenFlag& flag : given) {
    if (flag.name == "--config") file = flag.value.value_or("");
  }
  if (file.empty()) return given;
  auto from_file = ReadConfigFile(file, named_by, app);
  for (const GivenFlag& flag : from_file) {
    if (flag.name == "--config" || flag.name == "--interleave")
      throw UsageError(fmt::format("{}: a file must not name {}", flag.place, flag.name));
  }
  std::erase_if(from_file, [&](const GivenFlag& flag) {
    return std::ranges::find(given, flag.name, &GivenFlag::name) != given.end();
  });
  given.insert(given.begin(), from_file.begin(), from_file.end());
  return given;
}

// Returns `message` with "A.conf, line 3: " before it, if it is about a flag that line 3 of A.conf
// gives.
std::string WithPlace(const std::string& message, const std::vector<GivenFlag>& given) {
  const std::string name = message.substr(0, message.find_first_of(": =("));
  std::string place;
  for (const GivenFlag& flag : given) {
    if (flag.name == name) place = flag.place;
  }
  return place.empty() ? message : place + ": " + message;
}

// CLI11's messages have several lines; the first says what is wrong.
std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// Checked here because CLI11 would only say that the word cannot be converted.
void CheckSwitch(const GivenFlag& flag, const CLI::App& app) {
  const CLI::Option* option = app.get_option_no_throw(flag.name);
  if (option == nullptr || option->get_items_expected_max() > 0 || !flag.value) return;
  if (IsTruthWord(*flag.value)) return;
  throw UsageError(
      fmt::format("{} takes no value, or true or false, not '{}'", flag.name, *flag.value));
}

// The --local_* flags describe the modelled cloud that launch_bench starts itself.
void RefuseUnusedLocalFlag(const std::string& name, const CommandLine& line) {
  if (line.starts_virtual_machines()) {
    throw UsageError(fmt::format(
        "{} describes a modelled cloud, and --cloud=qemu models nothing; remove one of them",
        name));
  }
  if (line.starts_local_cloud()) return;
  throw UsageError(fmt::format(
      "{} describes the local cloud that launch_bench starts, and {} names another; remove one of "
      "them",
      name, line.endpoint_url.empty() ? "--cloud=aws" : "--endpoint_url"));
}

void RefuseUnusedQemuFlag(const std::string& name, const CommandLine& line) {
  if (line.starts_virtual_machines()) return;
  throw UsageError(fmt::format("{} chooses the image of the machines of --cloud=qemu; {}", name,
                               line.endpoint_url.empty()
                                   ? "add that flag, or remove this one"
                                   : "--endpoint_url names another cloud; remove one of them"));
}

// A file may hold flags for several clouds.
void RefuseUnusedFlags(const std::vector<GivenFlag>& given, const CommandLine& line) {
  for (const GivenFlag& flag : given) {
    if (!flag.place.empty()) continue;
    if (flag.name.starts_with("--local_")) RefuseUnusedLocalFlag(flag.name, line);
    if (flag.name == "--qemu_image") RefuseUnusedQemuFlag(flag.name, line);
  }
}

void Parse(const std::vector<GivenFlag>& given, CLI::App& app, CommandLine& line) {
  std::vector<std::string> own;
  for (const GivenFlag& flag : given) {
    if (IsBenchmarkFlag(flag.name)) {
      ReadBenchmarkFlag(flag.Argument(), line);
    } else {
      CheckSwitch(flag, app);
      own.push_back(flag.Argument());
    }
  }
  std::ranges::reverse(own);  // CLI11 reads them from the back
  try {
    app.parse(own);
  } catch (const CLI::Error& error) {
    const std::string message = FirstLine(error.what());
    throw UsageError(message + (message.ends_with('?') ? "" : "; --help shows all flags"));
  }
}

// `named_by` is the flag with which the user named the configuration file.
CommandLine ParseWithFile(const std::vector<std::string>& arguments, const std::string& named_by) {
  CommandLine line;
  line.arguments = arguments;
  if (line.arguments.empty()) line.arguments = {"launch_bench"};
  const std::vector<std::string> flags(line.arguments.begin() + 1, line.arguments.end());
  line.show_help = std::ranges::any_of(
      flags, [](const std::string& argument) { return argument == "--help" || argument == "-h"; });
  line.show_version = std::ranges::find(flags, "--version") != flags.end();
  if (line.show_help || line.show_version) return line;
  line.benchmark_arguments.push_back(line.arguments.front());
  if (const char* count = std::getenv("BENCHMARK_REPETITIONS"))
    line.repetitions = PositiveCount(count, "BENCHMARK_REPETITIONS", kMostRepetitions);
  RawFlags raw;
  const auto app = DefineFlags(line, raw);
  const std::vector<GivenFlag> given = ReadFlags(flags, named_by, *app);
  try {
    Parse(given, *app, line);
    line.ssh_port_given = app->count("--ssh_port") > 0;
    line.concurrency_given = app->count("--concurrency") > 0;
    line.launch_timeout_given = app->count("--launch_timeout") > 0;
    ConvertFlags(raw, line);
    RefuseUnusedFlags(given, line);
  } catch (const UsageError& error) {
    throw UsageError(WithPlace(error.what(), given));
  }
  return line;
}

}  // namespace

CommandLine ParseCommandLine(const std::vector<std::string>& arguments) {
  return ParseWithFile(arguments, "--config");
}

std::vector<CommandLine> ParseInterleaved(const std::vector<std::string>& arguments) {
  const std::vector<std::string> files = ParseCommandLine(arguments).interleave;
  if (files.size() != 2)
    throw UsageError("--interleave requires two configuration files: --interleave=A.conf,B.conf");
  std::vector<CommandLine> lines;
  const bool has_config = std::ranges::any_of(
      arguments, [](const std::string& argument) { return StartsFlag(argument, "config"); });
  if (has_config) throw UsageError("--interleave names both configurations; remove --config");
  for (const std::string& file : files) {
    std::vector<std::string> own = WithoutFlag(arguments, "interleave");
    own.push_back("--config=" + file);
    lines.push_back(ParseWithFile(own, "--interleave"));
    const CommandLine& line = lines.back();
    if (!line.resume.empty())
      throw UsageError("--resume continues one run; it cannot continue two interleaved ones");
    if (line.dry_run)
      throw UsageError("--dry_run takes one configuration: --config=FILE instead of --interleave");
    if (!line.api_log.empty())
      throw UsageError("--api_log records one run; it cannot be used with --interleave");
    if (line.starts_virtual_machines()) {
      throw UsageError(fmt::format(
          "{}: --interleave does not work with --cloud=qemu, because a run has one private network "
          "and one cloud in it; measure one configuration after the other",
          file));
    }
    if (!line.out.empty())
      throw UsageError(
          "--interleave writes two files; replace --benchmark_out by --results_dir=DIRECTORY");
    if (line.format != "console")
      throw UsageError("--interleave prints tables only; its JSON is in the two files");
    const bool measures = !line.list_tests && !line.print_iam_policy &&
                          line.print_fleet_plan.empty() &&
                          line.cleanup == CommandLine::Cleanup::kNo;
    if (!measures)
      throw UsageError(
          fmt::format("{}: --interleave only measures; remove flags that do something else", file));
  }
  // The arms alternate, so they need the same number of launches, in total and at a time.
  if (lines[0].launch.concurrency != lines[1].launch.concurrency)
    throw UsageError("--interleave: both configurations must have the same --concurrency");
  if (lines[0].repetitions != lines[1].repetitions)
    throw UsageError(
        "--interleave: both configurations must have the same --benchmark_repetitions");
  return lines;
}

}  // namespace suites
