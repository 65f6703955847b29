// What a local cloud says about itself: GET /_localcloud/info (localcloud/gateway.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

namespace suites {

struct LocalCloudInfo {
  bool modelled = true;  // its latencies come from a profile
  std::string profile;
  double time_scale = 1;
  std::uint64_t seed = 0;
  std::map<std::string, double> rtt_ms;  // by region
  std::uint16_t ssh_port = 22;           // of its machines
};

// Reads the answer. Nothing if it is not a local cloud's.
std::optional<LocalCloudInfo> ReadLocalCloudInfo(const std::string& answer);

// Asks the endpoint. Nothing if it is no local cloud, or does not answer within some seconds.
std::optional<LocalCloudInfo> AskLocalCloud(const std::string& endpoint_url,
                                            const std::stop_token& stop);

}  // namespace suites
