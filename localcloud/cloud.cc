#include "localcloud/cloud.h"

#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/region_shapes.h"
#include "localcloud/loop/background_worker.h"
#include "localcloud/loop/timers.h"

namespace localcloud {
namespace {

// The same delays apply in all regions, because SQS's documentation gives them.
QueueService::Delays QueueDelays(const LatencyProfile& profile) {
  const Consistency& lags = profile.ForRegion(RegionNames().front()).consistency;
  return {lags.queue_usable.Draw(0, ""), lags.queue_name_free.Draw(0, "")};
}

}  // namespace

class Cloud::Impl {
 public:
  Impl(event_base* base, CloudOptions cloud_options, const MakeMachines& make_machines)
      : options(std::move(cloud_options)),
        key(NewAccessKey("AKIA")),
        timers(base),
        queues(&timers, services.account_id, QueueDelays(options.profile)),
        removal_worker(base),
        worker(base),
        image_worker(base) {
    services.timers = &timers;
    services.worker = &worker;
    services.image_worker = &image_worker;
    services.removal_worker = &removal_worker;
    services.truth = &truth;
    services.profile = &options.profile;
    services.time_scale = options.time_scale;
    services.seed = options.seed;
    services.ssh_port = options.ssh_port;
    services.directory = options.directory;
    services.network = options.network;
    services.client_address = options.client_address;
    services.faults = &options.faults;
    services.session_keys = &session_keys;
    int number = 0;
    for (const RegionShape& shape : RegionShapes()) {
      regions[shape.name] =
          std::make_unique<Region>(services, shape.name, number++, shape.zones,
                                   options.public_images, make_machines(RoundTrip(shape.name)));
    }
  }

  std::chrono::nanoseconds RoundTrip(const std::string& region) const {
    return options.rtt.value_or(options.profile.ForRegion(region).rtt);
  }

  // The order matters: later members are destroyed first, and instances need all the others.
  CloudOptions options;
  AccessKey key;
  SessionKeys session_keys;
  Truth truth;
  ObjectStore objects;
  Timers timers;
  CloudServices services;
  QueueService queues;
  std::map<std::string, std::unique_ptr<Region>> regions;
  // Declared after the regions, and so destroyed before them, because the workers' jobs hold
  // instances.
  BackgroundWorker removal_worker;
  BackgroundWorker worker;
  BackgroundWorker image_worker;
};

Cloud::Cloud(event_base* base, CloudOptions options, const MakeMachines& make_machines)
    : impl_(std::make_unique<Impl>(base, std::move(options), make_machines)) {}
Cloud::~Cloud() = default;

const AccessKey& Cloud::access_key() const { return impl_->key; }
SessionKeys& Cloud::session_keys() { return impl_->session_keys; }
const CloudOptions& Cloud::options() const { return impl_->options; }
const std::string& Cloud::account_id() const { return impl_->services.account_id; }

Region* Cloud::FindRegion(const std::string& name) {
  const auto found = impl_->regions.find(name);
  return found == impl_->regions.end() ? nullptr : found->second.get();
}

std::chrono::nanoseconds Cloud::RoundTrip(const std::string& region) const {
  const bool known = impl_->regions.contains(region);
  return impl_->RoundTrip(known ? region : RegionNames().front());
}

Timers& Cloud::timers() { return impl_->timers; }
Truth& Cloud::truth() { return impl_->truth; }
ObjectStore& Cloud::objects() { return impl_->objects; }
QueueService& Cloud::queues() { return impl_->queues; }
std::chrono::system_clock::time_point Cloud::Now() const {
  return std::chrono::system_clock::now() + impl_->options.faults.clock_skew();
}
FaultPlan& Cloud::faults() { return impl_->options.faults; }

}  // namespace localcloud
