// Commands that a message tells the user to run.
#pragma once

#include <string>
#include <vector>

namespace suites {

// Returns `word`, quoted if necessary, so that a shell reads it as one word.
std::string ShellWord(const std::string& word);

// Returns the command that continues a run: the `arguments` of the run (starting with the program's
// name) and --resume=`samples`, without the flags that say where a new run's results go.
std::string ResumeCommand(const std::vector<std::string>& arguments, const std::string& samples);

}  // namespace suites
