#include "localcloud/loop/json_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace localcloud {
namespace {

constexpr std::uintmax_t kLargestFile = 16 << 20;

}  // namespace

std::string ReadJsonFile(const std::string& path, const std::string& what) {
  const auto fail = [&what](const std::string& why) {
    throw std::runtime_error(fmt::format("{}: cannot be read: {}", what, why));
  };
  std::error_code error;
  const bool is_regular = std::filesystem::is_regular_file(path, error);
  if (error) fail(error.message());
  if (!is_regular) fail("it is not a regular file");
  if (std::filesystem::file_size(path, error) > kLargestFile || error)
    fail(error ? error.message() : "it is larger than 16 MiB");
  std::ifstream file(path);
  std::ostringstream text;
  if (!file) fail(std::generic_category().message(errno));
  text << file.rdbuf();
  return text.str();
}

nlohmann::json ParseJsonText(const std::string& text, const std::string& what) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& failure) {
    // Strips the first part of "[json.exception.parse_error.101] parse error at line 3, column 7:
    // ...".
    const std::string mistake = failure.what();
    const std::size_t start = mistake.find("] ");
    throw std::runtime_error(fmt::format(
        "{}: {}", what, start == std::string::npos ? mistake : mistake.substr(start + 2)));
  }
}

}  // namespace localcloud
