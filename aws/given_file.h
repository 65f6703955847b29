// Reads files that the user names: AWS configuration, a recipe, the settings of a run to resume.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace aws {

// Larger than any file that a person writes.
inline constexpr std::size_t kLargestGivenFile = 16 << 20;

// Returns the whole content of `path`; /dev/null is an empty file. Throws std::runtime_error, one
// line that names the file, if it cannot be read, is larger than kLargestGivenFile, or is neither
// a regular file nor /dev/null. (Reading a FIFO would wait for a writer.)
std::string ReadGivenFile(const std::string& path);

// As ReadGivenFile, but returns nothing if there is no such file.
std::optional<std::string> ReadGivenFileIfThere(const std::string& path);

}  // namespace aws
