// Reads JSON files that users have written.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace localcloud {

// Returns the whole content of `path`. Throws std::runtime_error if it cannot be read, is larger
// than 16 MiB, or is not a regular file (reading a FIFO would block until something writes to it).
// The message is one line that starts with `what` ("faults f.json").
std::string ReadJsonFile(const std::string& path, const std::string& what);

// Returns the parsed document. Throws std::runtime_error if `text` is not JSON or has a number that
// does not fit a double. The message is one line: `what` ("faults f.json"), a colon, the mistake
// and its place.
nlohmann::json ParseJsonText(const std::string& text, const std::string& what);

}  // namespace localcloud
