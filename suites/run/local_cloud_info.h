// The description that a local cloud gives of itself: GET /_localcloud/info (localcloud/gateway.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "suites/run/local_machines.h"

namespace suites {

struct LocalCloudInfo {
  bool modelled = true;  // its latencies come from a profile
  std::string profile;
  double time_scale = 1;
  std::uint64_t seed = 0;
  std::map<std::string, double> rtt_ms;  // by region
  std::uint16_t ssh_port = 22;           // the SSH port of its machines
  std::string client_address;  // with which clients appear to its machines; empty if not stated
  std::optional<LocalMachines> machines;  // set if they are virtual machines of this host
};

// Parses `answer`. Returns nullopt if it is not the answer of a local cloud.
std::optional<LocalCloudInfo> ReadLocalCloudInfo(const std::string& answer);

// Returns the answer to GET `path`, such as "/_localcloud/truth". Throws aws::TransportError if
// there is none within `patience`, or if it is too large, and std::runtime_error if its status is
// not 200.
std::string FetchFromLocalCloud(const std::string& endpoint_url, const std::string& path,
                                std::chrono::seconds patience, const std::stop_token& stop);

// Asks the endpoint. Returns nullopt if it is not a local cloud, or does not answer within a few
// seconds.
std::optional<LocalCloudInfo> AskLocalCloud(const std::string& endpoint_url,
                                            const std::stop_token& stop);

}  // namespace suites
