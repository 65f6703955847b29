// How long the modelled cloud takes for everything: a JSON file of distributions, each with its
// source.
//
//   {"name": "ec2", "base": "other profile", "description": "...", "refusal": "no_login" |
//   "key_later",
//    "api": {"default": D, "RunInstances": D, ...},          a call's own time at the service
//    "lifecycle": {"pending_to_running": D, ...},            see Lifecycle
//    "boot": {"al2023": {"running_to_closed": D, "closed_to_open": D, "open_to_ready": D}, ...},
//    "guest": {"os-update": D, ...},       optional: see launch-bench-modelled (guest_programs.cc)
//    "catalogue": {"public_images": N, "public_snapshots": N},   optional: 0 of each
//    "consistency": {"new_ids": D, ...},    optional, as each entry: see Consistency
//    "request_rates": {"RunInstances": R, ...},              optional: see RequestRates
//    "switches": {"request_rates": false, ...},              optional: what `base` has is left out
//    "not_offered": {"use1-az3": T, ...},  optional: what zones, by id, have no machines of
//    "quotas": {"standard_vcpus": N},      optional: 512
//    "regions": {"us-west-2": {"rtt": D, "api": {...}, "lifecycle": {...}, "boot": {...}}, ...}}
//
// D is {"constant_ms": 5}, {"mean_ms": 5, "sd_ms": 1} or {"median_ms": 5, "sigma": 0.1}, with an
// optional "floor_ms", and always "mark": "measured" | "derived" | "assumed" and "source": "where
// the figure is from". N is {"count": 20000}, R {"burst": 5, "per_second": 2} and T
// {"types": ["t2.micro", "m7i.*"]}, with the same two. Switches are "request_rates" and the entries
// of "consistency"; each is on if it is not named. `base` names a built-in profile that this one
// changes entry by entry; a region's own entries replace the general ones.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/model/distribution.h"

namespace localcloud {

// One kind of boot, as gaps that follow each other. The first starts when the instance is running.
struct BootDistributions {
  Distribution running_to_closed;  // from filtered to answering RST
  Distribution closed_to_open;
  Distribution open_to_ready;  // from accepting connections to accepting logins
};

struct Lifecycle {
  Distribution pending_to_running;   // from the answer of RunInstances
  Distribution starting_to_running;  // from the answer of StartInstances
  Distribution resuming_to_running;  // the same for a hibernated instance
  Distribution public_address;       // from the answer until a describe shows the public address
  Distribution stopping;             // from the answer of StopInstances to "stopped"
  Distribution hibernating;          // the same with Hibernate=true
  Distribution shutting_down;        // from the answer of TerminateInstances to "terminated"
  Distribution cloud_init_final;     // from SSH readiness to cloud-init's last stage (user data)
  Distribution hibernation_ready;    // from SSH readiness until the guest can hibernate
  Distribution image_available;      // from the answer of CreateImage
};

// Something that a guest only says it did.
struct GuestStep {
  Distribution duration;
  std::string note;  // "assumed: where the figure is from"
};

// How EC2 and SQS lag behind themselves. Nothing lags if an entry is missing or switched off.
struct Consistency {
  Distribution new_ids;        // from a create's answer until other calls know the id
  Distribution tag_index;      // from then, or from CreateTags, until filters by tag know it
  Distribution status_checks;  // from running until the status checks have passed
  // SQS's, which its documentation gives to the second and clients wait by their own clocks: never
  // scaled.
  Distribution queue_usable;     // from CreateQueue until the queue exists for other calls
  Distribution queue_name_free;  // from DeleteQueue until its name may be used again
};

struct RequestRate {
  double burst = 0;
  double per_second = 0;
};
// By an action's name ("RunInstances"), or for all others by kind: "mutating", "describing", or
// "listing" for a describe with neither a filter nor pages. No limits for what has no entry.
using RequestRates = std::map<std::string, RequestRate>;

struct RegionLatencies {
  std::map<std::string, Distribution, std::less<>> api;  // has "default"
  Lifecycle lifecycle;
  std::map<std::string, BootDistributions, std::less<>> boot;  // has "al2023"
  std::map<std::string, GuestStep, std::less<>> guest;
  Consistency consistency;
  RequestRates request_rates;
  std::map<std::string, std::vector<std::string>> not_offered;  // types and "m7i.*", by zone id
  std::size_t public_images = 0;  // of other accounts (public_catalogue.h)
  std::size_t public_snapshots = 0;
  // What the account's running on-demand machines may have in all (quota L-1216C47A).
  std::size_t standard_vcpus = 512;
  std::chrono::nanoseconds rtt{};  // client to this region, there and back

  const Distribution& Api(std::string_view action) const;
  const BootDistributions& Boot(
      std::string_view kind) const;  // "al2023" for kinds it does not know
};

// Immutable once loaded; free to share between threads.
class LatencyProfile {
 public:
  // A built-in profile's name, or else the path of a JSON file.
  // Throws std::runtime_error with one line: which file, where in it, what is wrong.
  static LatencyProfile Load(const std::string& name_or_path);
  // `origin` names the text in messages.
  static LatencyProfile Parse(const std::string& json_text, const std::string& origin);
  static std::vector<std::string> BuiltInNames();

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  // Whether keys come later than sshd; else logins are refused by pam_nologin until the boot is
  // done.
  bool key_later() const { return key_later_; }
  // A region the file does not list has the general figures, and the greatest round trip of those
  // it lists.
  const RegionLatencies& ForRegion(const std::string& region) const;

 private:
  std::string name_;
  std::string description_;
  bool key_later_ = false;
  std::map<std::string, RegionLatencies> regions_;
  RegionLatencies other_regions_;
};

}  // namespace localcloud
