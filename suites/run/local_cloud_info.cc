#include "suites/run/local_cloud_info.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "aws/curl_transport.h"
#include "suites/command/flag_values.h"
#include "suites/run/json_members.h"

namespace suites {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr int kOk = 200;

}  // namespace

std::optional<LocalCloudInfo> ReadLocalCloudInfo(const std::string& answer) {
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (!json.is_object() || TextOf(json, "cloud") != "localcloud") return std::nullopt;
  LocalCloudInfo info;
  const std::string latencies = TextOf(json, "latencies");
  info.machines = ReadLocalMachines(answer);
  info.modelled = !info.machines && (latencies.empty() || latencies.starts_with("modelled"));
  info.profile = TextOf(json, "profile");
  info.time_scale = NumberOr(json, "time_scale", info.time_scale);
  info.seed = NumberOr(json, "seed", info.seed);
  if (const auto rtt = json.find("rtt_ms"); rtt != json.end() && rtt->is_object()) {
    for (const auto& [region, value] : rtt->items()) {
      if (value.is_number()) info.rtt_ms[region] = value.get<double>();
    }
  }
  const auto port = NumberOr<std::int64_t>(json, "ssh_port", info.ssh_port);
  if (port > 0 && port <= UINT16_MAX) info.ssh_port = static_cast<std::uint16_t>(port);
  if (const std::string address = TextOf(json, "client_address"); IsAddressBlock(address + "/32"))
    info.client_address = address;
  return info;
}

std::string FetchFromLocalCloud(const std::string& endpoint_url, const std::string& path,
                                std::chrono::seconds patience, const std::stop_token& stop) {
  aws::HttpRequest request;
  request.method = aws::HttpRequest::Method::kGet;
  request.url = endpoint_url.substr(0, endpoint_url.find_last_not_of('/') + 1) + path;
  request.connect_timeout = request.timeout = patience;
  request.stop = stop;
  aws::HttpExchange exchange;
  auto response = aws::NewCurlTransport(false)->Send(request, &exchange);
  if (response.status != kOk)
    throw std::runtime_error(fmt::format("the answer's status is {}", response.status));
  return std::move(response.body);
}

std::optional<LocalCloudInfo> AskLocalCloud(const std::string& endpoint_url,
                                            const std::stop_token& stop) {
  // If the endpoint does not answer, the first call of the run says what is wrong with it.
  try {
    return ReadLocalCloudInfo(
        FetchFromLocalCloud(endpoint_url, "/_localcloud/info", kPatience, stop));
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace suites
