// The whole local cloud: the account, its regions, and the parts that all services share.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "localcloud/ec2/state/region.h"
#include "localcloud/ec2/state/region_shapes.h"
#include "localcloud/http/session_keys.h"
#include "localcloud/http/sigv4.h"
#include "localcloud/machine/machine.h"
#include "localcloud/model/faults.h"
#include "localcloud/model/latency_profile.h"
#include "localcloud/s3/object_store.h"
#include "localcloud/sqs/queue_service.h"

struct event_base;

namespace localcloud {

struct CloudOptions {
  LatencyProfile profile;
  double time_scale = 1;  // multiplies modelled durations; 0: no delays
  std::uint64_t seed = 1;
  std::optional<std::chrono::nanoseconds> rtt;  // for all regions; unset: that of the profile
  std::uint16_t ssh_port = 0;                   // for all instances
  // An existing, empty directory for this cloud alone. The caller removes it.
  std::string directory;
  std::map<std::string, PublicImages> public_images;  // by architecture
  std::uint8_t network = 127;                         // see CloudServices
  std::string client_address = "127.0.0.1";
  // Describes virtual machines for clients (a JSON object); empty if machines are modelled.
  std::string machines;
  FaultPlan faults;
};

// Use from the event loop's thread only. `make_machines` is called once per region, with the
// region's round trip.
class Cloud {
 public:
  using MakeMachines =
      std::function<std::unique_ptr<MachineFactory>(std::chrono::nanoseconds round_trip)>;
  Cloud(event_base* base, CloudOptions options, const MakeMachines& make_machines);
  ~Cloud();
  Cloud(const Cloud&) = delete;
  Cloud& operator=(const Cloud&) = delete;

  const AccessKey& access_key() const;  // random for each process
  SessionKeys& session_keys();
  const CloudOptions& options() const;
  const std::string& account_id() const;

  Region* FindRegion(const std::string& name);  // nullptr: no such region
  // Returns the default region's round trip for unknown regions.
  std::chrono::nanoseconds RoundTrip(const std::string& region) const;
  Timers& timers();
  Truth& truth();
  FaultPlan& faults();
  std::chrono::system_clock::time_point Now() const;  // by this cloud's clock
  ObjectStore& objects();
  QueueService& queues();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
