// The whole local cloud: its account, its regions, and how it is asked.
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
  double time_scale = 1;  // of modelled durations; 0 makes them all nothing
  std::uint64_t seed = 1;
  std::optional<std::chrono::nanoseconds> rtt;  // for all regions; else the profile's
  std::uint16_t ssh_port = 0;                   // of all instances
  std::string directory;                        // its own, existing and empty; the owner removes it
  std::string base_image;                       // the tree that public images have
  FaultPlan faults;
};

// From the event loop's thread only. `make_machines` is called once a region, with its round trip.
class Cloud {
 public:
  using MakeMachines =
      std::function<std::unique_ptr<MachineFactory>(std::chrono::nanoseconds round_trip)>;
  Cloud(event_base* base, CloudOptions options, const MakeMachines& make_machines);
  ~Cloud();
  Cloud(const Cloud&) = delete;
  Cloud& operator=(const Cloud&) = delete;

  const AccessKey& access_key() const;  // random, of this process
  SessionKeys& session_keys();
  const CloudOptions& options() const;
  const std::string& account_id() const;

  Region* FindRegion(const std::string& name);  // nullptr: none
  std::chrono::nanoseconds RoundTrip(
      const std::string& region) const;  // the default region's for unknown ones
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
