#include "suites/command/given_flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "aws/given_file.h"
#include "fixtures/fleet/fleet_variants.h"
#include "suites/command/benchmark_flags.h"
#include "suites/command/command_line.h"
#include "suites/command/flag_values.h"
#include "suites/command/nearest_name.h"
#include "suites/command/technique_list.h"

namespace suites {
namespace {

bool IsFlag(const std::string& argument) { return argument.starts_with('-'); }

const CLI::Option* FindOption(const CLI::App& app, const std::string& name) {
  return app.get_option_no_throw(name);
}

std::string WithoutDashes(const std::string& name) {
  return name.substr(std::min(name.find_first_not_of('-'), name.size()));
}

// Returns the names of all flags, without the dashes.
std::vector<std::string> FlagNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back(option->get_single_name());
  return names;
}

[[noreturn]] void RefuseUnknown(const std::string& argument, const CLI::App& app) {
  const std::string name = FlagName(argument);
  std::string suggestion = DidYouMean(WithoutDashes(name), FlagNames(app), "--");
  if (suggestion.empty()) suggestion = "; --help shows all flags";
  throw UsageError(fmt::format("unknown flag {}{}", name, suggestion));
}

// `before` is the argument before it; empty if there is none.
[[noreturn]] void RefuseStray(const std::string& argument, const std::string& before) {
  if (before.find('=') == std::string::npos && !ValueNeededBy(before).empty())
    throw UsageError(fmt::format("{} takes its value after '=': {}={}", before, before, argument));
  if (argument == "audit")
    throw UsageError("audit must come first: ./launch_bench audit [FLAG...] -- COMMAND...");
  if (!NearestName(argument, {"audit"}).empty()) {
    throw UsageError(
        fmt::format("'{}' is not a flag; did you mean ./launch_bench audit?", argument));
  }
  if (argument == "table" || argument == "compare" || argument == "filters")
    throw UsageError(fmt::format("'{}' is not a flag; that is ./launch_compare", argument));
  std::vector<std::string> techniques;
  for (const Technique& technique : Techniques())
    techniques.emplace_back(technique.name.substr(0, technique.name.find("/<")));
  std::vector<std::string> names = fixtures::fleet::VariantNames();
  names.insert(names.end(), techniques.begin(), techniques.end());
  const bool matches = std::ranges::any_of(names, [&](const std::string& name) {
    return name.find(argument) != std::string::npos || "Fleet/" + name == argument;
  });
  std::string suggestion = matches ? fmt::format("; to measure it: --benchmark_filter={}", argument)
                                   : SuggestFilter(argument, techniques);
  if (suggestion.empty()) suggestion = "; techniques are chosen with --benchmark_filter=REGEX";
  throw UsageError(fmt::format("'{}' is not a flag{}", argument, suggestion));
}

// Returns true if `next` is a value of the flag before it. Google Benchmark's flags have their
// value after '=' only. launch_bench's may have it in the next argument, and lists in several. An
// optional value must have one of its valid forms.
bool TakesBehind(const CLI::Option& option, const std::string& next, int taken) {
  if (IsFlag(next)) return false;
  const bool is_optional = option.get_expected_min() == 0;
  if (is_optional && option.get_items_expected_max() > 0)
    return taken == 0 && (next == "all" || next.find_first_not_of("0123456789") == next.npos);
  return taken < option.get_items_expected_max();
}

// "A.conf, line 3"
std::string Place(const std::string& path, int line) {
  return fmt::format("{}, line {}", path, line);
}

constexpr std::string_view kBlanks = " \t\r";

std::string Trim(const std::string& text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::string WithoutQuotes(const std::string& text) {
  const bool quoted = text.size() > 1 && text.front() == text.back() &&
                      (text.front() == '"' || text.front() == '\'');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// Reads one line with CLI11's reader of configuration files, which handles quotes, comments and
// arrays. Google Benchmark's values are not lists: a filter may contain spaces and commas.
GivenFlag ReadLine(const std::string& text, const CLI::App& app, const std::string& place) {
  const auto equals = text.find('=');
  const std::string key = Trim(text.substr(0, equals));
  GivenFlag flag{"--" + WithoutDashes(key), std::nullopt, place};
  const bool is_benchmark_flag = IsBenchmarkFlag(flag.name);
  const CLI::Option* option = FindOption(app, flag.name);
  if (!is_benchmark_flag && option == nullptr) {
    std::string suggestion = DidYouMean(WithoutDashes(key), FlagNames(app));
    if (suggestion.empty()) suggestion = "; --help shows all flags";
    throw UsageError(fmt::format("{}: unknown flag '{}'{}", place, key, suggestion));
  }
  if (equals == std::string::npos) return flag;
  if (is_benchmark_flag) {
    flag.value = WithoutQuotes(Trim(text.substr(equals + 1)));
    return flag;
  }
  std::istringstream line("value=" + text.substr(equals + 1));
  const auto items = CLI::ConfigTOML().from_config(line);
  flag.value = items.empty() ? "" : fmt::format("{}", fmt::join(items.front().inputs, ","));
  // As in CLI11, name=true sets a flag that needs no value.
  if (option->get_expected_min() == 0 && flag.value == "true") flag.value.reset();
  return flag;
}

// Returns true if `text` opens an array that ends on another line.
bool GoesOn(const std::string& text) {
  const auto equals = text.find('=');
  return equals != std::string::npos && Trim(text.substr(equals + 1)).starts_with('[') &&
         !Trim(text).ends_with(']');
}

}  // namespace

std::vector<GivenFlag> ReadArguments(const std::vector<std::string>& arguments,
                                     const CLI::App& app) {
  std::vector<GivenFlag> flags;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!IsFlag(argument)) RefuseStray(argument, i == 0 ? "" : arguments[i - 1]);
    const std::string name = FlagName(argument);
    const auto equals = argument.find('=');
    GivenFlag flag{name, std::nullopt, ""};
    if (equals != std::string::npos) flag.value = argument.substr(equals + 1);
    if (IsBenchmarkFlag(argument)) {
      flags.push_back(flag);
      continue;
    }
    const CLI::Option* option = FindOption(app, name);
    if (option == nullptr) RefuseUnknown(argument, app);
    std::vector<std::string> behind;
    while (!flag.value && i + 1 < arguments.size() &&
           TakesBehind(*option, arguments[i + 1], static_cast<int>(behind.size())))
      behind.push_back(arguments[++i]);
    if (!behind.empty()) flag.value = fmt::format("{}", fmt::join(behind, ","));
    if (option->get_expected_min() > 0 && flag.value.value_or("").empty())
      throw UsageError(
          fmt::format("{} needs a value: {}{}", name, name, option->get_option_text()));
    flags.push_back(flag);
  }
  return flags;
}

std::vector<GivenFlag> ReadConfigFile(const std::string& path, const std::string& named_by,
                                      const CLI::App& app) {
  std::istringstream lines;
  try {
    lines.str(aws::ReadGivenFile(path));
  } catch (const std::runtime_error& error) {
    throw UsageError(fmt::format("{}: {}", named_by, error.what()));
  }
  std::vector<GivenFlag> flags;
  int number = 0;
  for (std::string text; std::getline(lines, text);) {
    const std::string place = Place(path, ++number);
    text = Trim(text);
    if (text.empty() || text.starts_with('#') || text.starts_with(';') || text == "[default]")
      continue;
    if (text.starts_with('['))
      throw UsageError(fmt::format("{}: sections are not supported; a line is NAME=VALUE", place));
    for (std::string more; GoesOn(text) && std::getline(lines, more); ++number) text += Trim(more);
    GivenFlag flag = ReadLine(text, app, place);
    const CLI::Option* option = FindOption(app, flag.name);
    const bool needs_value =
        option != nullptr && !IsBenchmarkFlag(flag.name) && option->get_expected_min() > 0;
    if (needs_value && flag.value.value_or("").empty())
      throw UsageError(fmt::format("{}: {} needs a value", place, WithoutDashes(flag.name)));
    flags.push_back(std::move(flag));
  }
  return flags;
}

}  // namespace suites
