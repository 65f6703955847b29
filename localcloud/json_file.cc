#include "localcloud/json_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace localcloud {

nlohmann::json ParseJsonFile(const std::string& text, const std::string& what) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& failure) {
    // "[json.exception.parse_error.101] parse error at line 3, column 7: ..." without the first
    // part.
    const std::string mistake = failure.what();
    const std::size_t start = mistake.find("] ");
    throw std::runtime_error(fmt::format(
        "{}: {}", what, start == std::string::npos ? mistake : mistake.substr(start + 2)));
  }
}

}  // namespace localcloud
