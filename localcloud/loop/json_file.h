// What a user has written as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace localcloud {

// Returns the whole content of `path`. Throws std::runtime_error with one line that starts with
// `what` ("faults f.json") if it cannot be read, is larger than 16 MiB, or is no regular file
// (reading a FIFO would wait for whoever writes to it).
std::string ReadJsonFile(const std::string& path, const std::string& what);

// The document, or std::runtime_error with one line: `what` ("faults f.json"), a colon, and the
// mistake and its place. A number that no double holds is a mistake too.
nlohmann::json ParseJsonText(const std::string& text, const std::string& what);

}  // namespace localcloud
