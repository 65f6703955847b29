// How long everything takes on the modelled cloud: a JSON file of distributions, each with its
// source.
//
//   {"name": "ec2", "base": "other profile", "description": "...",
//    "refusal": "no_login" | "key_later",
//    "api": {"default": D, "RunInstances": D, ...},    the service's own time for a call
//    "lifecycle": {"pending_to_running": D, ...},      see Lifecycle
//    "boot": {"al2023": {"running_to_closed": D, "closed_to_open": D, "open_to_ready": D}, ...},
//    "guest": {"os-update": D, ...},                   see launch-bench-modelled, guest_programs.cc
//    "catalogue": {"public_images": N, "public_snapshots": N},
//    "consistency": {"new_ids": D, ...},               see Consistency
//    "request_rates": {"RunInstances": R, ...},        see RequestRates
//    "switches": {"request_rates": false, ...},        turns off what `base` has
//    "not_offered": {"use1-az3": T, ...},              instance types that a zone (by id) lacks
//    "quotas": {"standard_vcpus": N},
//    "regions": {"us-west-2": {"rtt": D, "api": {...}, "lifecycle": {...}, "boot": {...}}, ...}}
//
// Optional: "guest", "catalogue" (0 of each), "consistency" and each of its entries,
// "request_rates", "switches", "not_offered" and "quotas" (512 vCPUs).
//
// D is {"constant_ms": 5}, {"mean_ms": 5, "sd_ms": 1} or {"median_ms": 5, "sigma": 0.1}, with an
// optional "floor_ms". N is {"count": 20000}, R is {"burst": 5, "per_second": 2} and T is
// {"types": ["t2.micro", "m7i.*"]}. All four also require "mark": "measured" | "derived" |
// "assumed" and "source": "where the figure is from".
//
// Switches are "request_rates" and the entries of "consistency"; a switch that is not listed is on.
// `base` names a built-in profile that this one changes entry by entry. A region's own entries
// replace the general ones.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/model/distribution.h"

namespace localcloud {

// One kind of boot, as consecutive gaps. The first one starts when the instance is running.
struct BootDistributions {
  Distribution running_to_closed;  // from filtered (SYNs dropped) to answering RST
  Distribution closed_to_open;
  // From accepting connections to accepting logins.
  Distribution open_to_ready;
};

struct Lifecycle {
  Distribution pending_to_running;   // from the answer of RunInstances
  Distribution starting_to_running;  // from the answer of StartInstances
  Distribution resuming_to_running;  // the same, for a hibernated instance
  Distribution public_address;       // from the answer until a describe shows the public address
  Distribution stopping;             // from the answer of StopInstances to "stopped"
  Distribution hibernating;          // the same, with Hibernate=true
  Distribution shutting_down;        // from the answer of TerminateInstances to "terminated"
  Distribution cloud_init_final;     // from SSH readiness to cloud-init's last stage (user data)
  Distribution hibernation_ready;    // from SSH readiness until the guest can hibernate
  Distribution image_available;      // from the answer of CreateImage
};

// A step that a guest only pretends to do; it just takes that long.
struct GuestStep {
  Distribution duration;
  std::string note;  // "assumed: where the figure is from"
};

// How far the answers of EC2 and SQS lag behind their own state. If an entry is missing or switched
// off, nothing lags.
struct Consistency {
  Distribution new_ids;        // from the answer of a create call until other calls know the id
  Distribution tag_index;      // from then, or from CreateTags, until filters by tag find it
  Distribution status_checks;  // from running until the status checks pass
  // For SQS. Its documentation gives these in whole seconds, and clients wait by their own clocks,
  // so they are never scaled.
  Distribution queue_usable;     // from CreateQueue until other calls find the queue
  Distribution queue_name_free;  // from DeleteQueue until the name may be reused
};

struct RequestRate {
  double burst = 0;
  double per_second = 0;
};
// Keyed by an action's name ("RunInstances"). Other actions are limited by their kind: "mutating",
// "describing", or "listing" (a describe without filter and pagination). Actions without an entry
// are not limited.
using RequestRates = std::map<std::string, RequestRate>;

struct RegionLatencies {
  std::map<std::string, Distribution, std::less<>> api;  // always has "default"
  Lifecycle lifecycle;
  std::map<std::string, BootDistributions, std::less<>> boot;  // always has "al2023"
  std::map<std::string, GuestStep, std::less<>> guest;
  Consistency consistency;
  RequestRates request_rates;
  // By zone id: instance types and patterns such as "m7i.*".
  std::map<std::string, std::vector<std::string>> not_offered;
  std::size_t public_images = 0;  // owned by other accounts (public_catalogue.h)
  std::size_t public_snapshots = 0;
  // The limit for all running on-demand machines of the account together (quota L-1216C47A).
  std::size_t standard_vcpus = 512;
  std::chrono::nanoseconds rtt{};  // client to this region and back

  const Distribution& Api(std::string_view action) const;
  // Returns the distributions of "al2023" for unknown kinds.
  const BootDistributions& Boot(std::string_view kind) const;
};

// Immutable once loaded. Thread-safe.
class LatencyProfile {
 public:
  // Loads a built-in profile by name, or else a JSON file by path. Throws std::runtime_error with
  // one line: the file, the place in it and the mistake.
  static LatencyProfile Load(const std::string& name_or_path);
  // `origin` names the text in error messages.
  static LatencyProfile Parse(const std::string& json_text, const std::string& origin);
  static std::vector<std::string> BuiltInNames();

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  // Returns true if keys arrive later than sshd. If false, pam_nologin refuses logins until the
  // boot is done.
  bool key_later() const { return key_later_; }
  // A region that the file does not list has the general figures, and the longest round trip of the
  // listed regions.
  const RegionLatencies& ForRegion(const std::string& region) const;

 private:
  std::string name_;
  std::string description_;
  bool key_later_ = false;
  std::map<std::string, RegionLatencies> regions_;
  RegionLatencies other_regions_;
};

}  // namespace localcloud
