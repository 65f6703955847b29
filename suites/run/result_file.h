// The file that holds a run's results: complete, or not replaced.
#pragma once

#include <string>

namespace suites {

// Writes `text` to `path`. A regular file is replaced at once, when all of `text` is on the disk:
// an earlier one stays until then. A device or a pipe is written directly, and so is standard
// output or standard error, whatever it is. Throws std::system_error that names `path`.
void WriteResultFile(const std::string& path, const std::string& text);

// Throws UsageError if `path` is a directory, where no results can be written.
void RefuseDirectory(const std::string& path);

// Returns whether `path` exists and is a standard stream of this process or no regular file: no
// file can be put beside it.
bool IsStream(const std::string& path);

}  // namespace suites
