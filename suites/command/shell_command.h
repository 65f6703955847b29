// Commands that a message tells the user to run.
#pragma once

#include <string>
#include <vector>

namespace suites {

// Returns `word` as a shell takes it for one word: it may be anything.
std::string ShellWord(const std::string& word);

// The command that continues a run: what it was started with (the program's name first) and
// --resume=`samples`, without flags that say where a new run's results go.
std::string ResumeCommand(const std::vector<std::string>& arguments, const std::string& samples);

}  // namespace suites
