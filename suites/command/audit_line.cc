#include "suites/command/audit_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "suites/command/command_line.h"
#include "suites/command/flag_values.h"

namespace suites {
namespace {

constexpr std::array<std::string_view, 5> kAuditFlags = {"--benchmark_out", "--ssh_port", "--help",
                                                         "-h", "--local_"};
constexpr std::string_view kHelpOfRuns = "; --help shows all flags";
constexpr std::string_view kHelpOfAudits = "; ./launch_bench audit --help shows its flags";
constexpr char kAuditUsage[] = "./launch_bench audit [FLAG...] -- COMMAND...";

bool IsAuditFlag(const std::string& argument) {
  const std::string name = FlagName(argument);
  return std::ranges::any_of(kAuditFlags, [&](std::string_view flag) {
    return flag.ends_with('_') ? name.starts_with(flag) : name == flag;
  });
}

void RefuseFlagsOfRuns(const std::vector<std::string>& flags) {
  for (const std::string& flag : flags) {
    if (!flag.starts_with('-') || IsAuditFlag(flag)) continue;
    throw UsageError(fmt::format(
        "audit does not take {}; it takes --local_..., --ssh_port and --benchmark_out{}",
        FlagName(flag), kHelpOfAudits));
  }
}

// As ParseCommandLine(); what it throws points to the help of audits.
CommandLine ParseFlags(const std::vector<std::string>& arguments) {
  try {
    return ParseCommandLine(arguments);
  } catch (const UsageError& error) {
    std::string text = error.what();
    if (!text.ends_with(kHelpOfRuns)) throw;
    text.resize(text.size() - kHelpOfRuns.size());
    throw UsageError(text + std::string(kHelpOfAudits));
  }
}

void RefuseStrayCommand(const std::vector<std::string>& flags) {
  for (std::size_t i = 0; i < flags.size(); ++i) {
    // The word after a flag without '=' may be its value.
    const bool may_be_value =
        i > 0 && flags[i - 1].starts_with('-') && flags[i - 1].find('=') == std::string::npos;
    if (flags[i].starts_with('-') || may_be_value) continue;
    throw UsageError(fmt::format("'{}' is not a flag; audit takes the command after --: {}",
                                 flags[i], kAuditUsage));
  }
}

}  // namespace

bool IsAudit(const std::vector<std::string>& arguments) {
  return arguments.size() > 1 && arguments[1] == "audit";
}

AuditLine ParseAuditLine(const std::vector<std::string>& arguments) {
  const auto first = arguments.begin() + 2;
  const auto dashes = std::find(first, arguments.end(), "--");
  const std::vector<std::string> flags(first, dashes);
  AuditLine line;
  line.show_help = std::ranges::any_of(
      flags, [](const std::string& flag) { return flag == "--help" || flag == "-h"; });
  if (line.show_help) return line;
  RefuseStrayCommand(flags);
  RefuseFlagsOfRuns(flags);

  std::vector<std::string> with_program{arguments.front()};
  with_program.insert(with_program.end(), flags.begin(), flags.end());
  const CommandLine given = ParseFlags(with_program);
  line.local = given.local;
  if (given.ssh_port_given) line.local.ssh_port = given.launch.ssh_port;
  line.out = given.out;
  if (dashes != arguments.end()) line.command.assign(dashes + 1, arguments.end());
  if (line.command.empty() || line.command.front().empty())
    throw UsageError(fmt::format("audit needs a command after --: {}", kAuditUsage));
  return line;
}

}  // namespace suites
