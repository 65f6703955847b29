#include "localcloud/ec2/state/user_data.h"

#include <sstream>
#include <string_view>

namespace localcloud {
namespace {

constexpr std::string_view kArchive = "Content-Type: multipart/mixed; boundary=\"";
constexpr std::string_view kConfig = "Content-Type: text/cloud-config";
constexpr std::string_view kScript = "Content-Type: text/x-shellscript";

// Returns the items of the list `ssh_authorized_keys`, one per line.
std::vector<std::string> KeysOf(const std::string& config) {
  std::vector<std::string> keys;
  std::istringstream lines(config);
  bool in_list = false;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(' ');
    const bool is_item = begin != std::string::npos && line.compare(begin, 2, "- ") == 0;
    if (in_list && is_item) {
      keys.push_back(line.substr(begin + 2));
    } else if (begin != std::string::npos) {
      in_list = line == "ssh_authorized_keys:";
    }
  }
  return keys;
}

}  // namespace

UserData ReadUserData(const std::string& text) {
  UserData data;
  const std::size_t quote = text.find('"', kArchive.size());
  if (!text.starts_with(kArchive) || quote == std::string::npos) {
    data.script = text;
    return data;
  }
  const std::string boundary = "\n--" + text.substr(kArchive.size(), quote - kArchive.size());
  for (std::size_t at = text.find(boundary); at != std::string::npos;) {
    at += boundary.size();
    const std::size_t end = text.find(boundary, at);
    if (end == std::string::npos) break;
    // Starts with the line break after the boundary.
    const std::string part = text.substr(at, end - at);
    const std::size_t header_end = part.find("\n\n");
    if (header_end != std::string::npos) {
      const std::string header = part.substr(0, header_end);
      const std::string body = part.substr(header_end + 2);
      if (header.find(kScript) != std::string::npos) data.script = body;
      if (header.find(kConfig) != std::string::npos) {
        for (std::string& key : KeysOf(body)) data.keys.push_back(std::move(key));
      }
    }
    at = end;
  }
  return data;
}

}  // namespace localcloud
