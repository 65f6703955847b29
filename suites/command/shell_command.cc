#include "suites/command/shell_command.h"

#include <string_view>

#include "suites/command/flag_values.h"

namespace suites {

std::string ShellWord(const std::string& word) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:,=@%+";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string ResumeCommand(const std::vector<std::string>& arguments, const std::string& samples) {
  std::string command;
  for (const std::string& argument : WithoutFlag(arguments, "resume")) {
    if (!StartsFlag(argument, "benchmark_out")) command += ShellWord(argument) + " ";
  }
  return command + ShellWord("--resume=" + samples);
}

}  // namespace suites
