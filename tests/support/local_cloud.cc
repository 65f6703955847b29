#include "tests/support/local_cloud.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace test_support {
namespace {

// Returns the body of a plain GET, over a new connection.
std::string Get(const std::string& url, const std::string& path) {
  const auto colon = url.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    throw std::runtime_error("no connection to " + url);
  }
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  if (write(fd, request.data(), request.size()) < 0)
    throw std::runtime_error("no request to " + url);
  std::string answer;
  char buffer[65536];
  for (ssize_t count = 0; (count = read(fd, buffer, sizeof buffer)) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  close(fd);
  const auto body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 200") || body == std::string::npos) {
    throw std::runtime_error("unexpected answer of " + url + path + ": " + answer.substr(0, 200));
  }
  return answer.substr(body + 4);
}

}  // namespace

LocalCloud::LocalCloud(const std::string& program, std::vector<std::string> flags) {
  std::vector<std::string> command{program, "serve", "--exit_with_parent"};
  command.insert(command.end(), flags.begin(), flags.end());
  process_ = std::make_unique<ChildProcess>(command);
  if (!process_->WaitForOutput("\n")) {
    throw std::runtime_error("localcloud did not start: " + process_->errors());
  }
  const auto greeting = nlohmann::json::parse(process_->output());
  endpoint_url_ = greeting.at("endpoint_url");
  region_ = greeting.at("region");
  access_key_id_ = greeting.at("access_key_id");
  secret_access_key_ = greeting.at("secret_access_key");
  ssh_port_ = greeting.at("ssh_port");
}

std::map<std::string, std::string> LocalCloud::Environment() const {
  return {{"AWS_ACCESS_KEY_ID", access_key_id_},
          {"AWS_SECRET_ACCESS_KEY", secret_access_key_},
          {"AWS_SESSION_TOKEN", ""},
          {"AWS_PROFILE", ""},
          {"AWS_ENDPOINT_URL", endpoint_url_},
          {"AWS_REGION", region_},
          {"AWS_DEFAULT_REGION", region_},
          {"AWS_CONFIG_FILE", "/dev/null"},
          {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"},
          {"AWS_EC2_METADATA_DISABLED", "true"}};
}

std::string LocalCloud::Truth() const { return Get(endpoint_url_, "/_localcloud/truth"); }

std::vector<std::string> LocalCloud::Held() const {
  const auto account = nlohmann::json::parse(Get(endpoint_url_, "/_localcloud/account"));
  std::vector<std::string> ids = account.at("buckets");
  for (const auto& region : account.at("regions")) {
    for (const std::string id : region) ids.push_back(id);
  }
  return ids;
}

}  // namespace test_support
