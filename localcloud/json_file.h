// What a user has written as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace localcloud {

// The document, or std::runtime_error with one line: `what` ("faults f.json"), a colon, and the
// mistake and its place. A number that no double holds is a mistake too.
nlohmann::json ParseJsonFile(const std::string& text, const std::string& what);

}  // namespace localcloud
