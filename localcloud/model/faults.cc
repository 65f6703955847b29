#include "localcloud/model/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "localcloud/loop/json_file.h"
#include "localcloud/loop/wildcard.h"
#include "localcloud/model/nearest_name.h"

namespace localcloud {
namespace {

using Json = nlohmann::json;

[[noreturn]] void Fail(const std::string& where, const std::string& problem) {
  throw std::runtime_error(fmt::format("faults {}: {}", where, problem));
}

std::string ReadFaultText(const Json& entry, const std::string& where, const std::string& key,
                          const std::string& otherwise) {
  if (!entry.contains(key)) {
    if (otherwise.empty()) Fail(where, fmt::format("\"{}\" is missing", key));
    return otherwise;
  }
  if (!entry[key].is_string() || entry[key].get<std::string>().empty()) {
    Fail(where, fmt::format("\"{}\" must be a string", key));
  }
  return entry[key].get<std::string>();
}

std::int64_t ReadInteger(const Json& entry, const std::string& where, const std::string& key,
                         std::int64_t otherwise, std::int64_t min, std::int64_t max) {
  if (!entry.contains(key)) return otherwise;
  if (!entry[key].is_number_integer()) {
    Fail(where, fmt::format("\"{}\" must be a whole number", key));
  }
  // A larger number would become negative in int64_t.
  constexpr std::uint64_t kMostInt64 = std::numeric_limits<std::int64_t>::max();
  const bool huge = entry[key].is_number_unsigned() && entry[key].get<std::uint64_t>() > kMostInt64;
  const auto value = entry[key].get<std::int64_t>();
  if (huge || value < min || value > max) {
    Fail(where, fmt::format("\"{}\" must be between {} and {}", key, min, max));
  }
  return value;
}

// Requires the name of an existing call, or a pattern that matches one: anything else would never
// match.
std::string ReadAction(const Json& entry, const std::string& where,
                       const std::vector<std::string>& names) {
  std::string action = ReadFaultText(entry, where, "action", "");
  if (std::none_of(names.begin(), names.end(),
                   [&](const std::string& name) { return MatchesWildcard(action, name); })) {
    Fail(where, fmt::format("localcloud has no action \"{}\"; the nearest is \"{}\" "
                            "(docs/localcloud.md lists them all)",
                            action, NearestName(names, action)));
  }
  return action;
}

double ReadRate(const Json& entry, const std::string& where, const std::string& key) {
  if (!entry.contains(key) || !entry[key].is_number() || !(entry[key].get<double>() > 0)) {
    Fail(where, fmt::format("\"{}\" must be a number above 0", key));
  }
  return entry[key].get<double>();
}

// The members that an entry of each kind has besides "fault".
struct Kind {
  enum class Scope { kCalls, kLaunches, kSshd, kCloud };
  Scope scope = Scope::kCalls;
  std::set<std::string> keys;
};

const std::map<std::string, Kind>& Kinds() {
  using Scope = Kind::Scope;
  static const std::map<std::string, Kind> kinds = {
      {"error", {Scope::kCalls, {"action", "error", "message", "http_status", "skip", "times"}}},
      {"throttle", {Scope::kCalls, {"action", "burst", "per_second"}}},
      {"slow", {Scope::kCalls, {"action", "ms", "skip", "times"}}},
      {"truncated", {Scope::kCalls, {"action", "skip", "times"}}},
      {"reset", {Scope::kCalls, {"action", "skip", "times"}}},
      {"lost", {Scope::kCalls, {"action", "skip", "times"}}},
      {"spot_interruption", {Scope::kLaunches, {"ms", "skip", "times"}}},
      {"shutting_down", {Scope::kLaunches, {"ms", "skip", "times"}}},
      {"reused_address", {Scope::kLaunches, {"ms", "skip", "times"}}},
      {"sshd_reset", {Scope::kSshd, {"skip", "times"}}},
      {"sshd_silent", {Scope::kSshd, {"skip", "times"}}},
      {"sshd_closes_key_exchange", {Scope::kSshd, {"skip", "times"}}},
      {"sshd_rejects_key", {Scope::kSshd, {"ms"}}},
      {"sshd_drops_status", {Scope::kSshd, {"skip", "times"}}},
      {"clock_skew", {Scope::kCloud, {"ms"}}},
      {"hidden_ids", {Scope::kCloud, {"ms"}}},
      {"stale_states", {Scope::kCloud, {"ms"}}},
  };
  return kinds;
}

SshdFault::Kind SshdKind(const std::string& kind) {
  if (kind == "sshd_reset") return SshdFault::Kind::kReset;
  if (kind == "sshd_silent") return SshdFault::Kind::kSilent;
  if (kind == "sshd_closes_key_exchange") return SshdFault::Kind::kClosesKeyExchange;
  if (kind == "sshd_rejects_key") return SshdFault::Kind::kRejectsKey;
  return SshdFault::Kind::kDropsStatus;
}

const Kind& RequireKind(const std::string& name, const Json& entry, const std::string& where) {
  const auto kind = Kinds().find(name);
  if (kind == Kinds().end()) {
    std::vector<std::string> names;
    for (const auto& [known, details] : Kinds()) names.push_back(known);
    Fail(where, fmt::format("unknown fault \"{}\"; known are {}", name, fmt::join(names, ", ")));
  }
  for (const auto& [key, value] : entry.items()) {
    if (key != "fault" && !kind->second.keys.contains(key)) {
      Fail(where, fmt::format("unknown key \"{}\"; known are {}", key,
                              fmt::join(kind->second.keys, ", ")));
    }
  }
  return kind->second;
}

Json ParseList(const std::string& text, const std::string& origin) {
  Json document = ParseJsonText(text, "faults " + origin);
  if (!document.is_array()) Fail(origin, "must be a list of faults");
  return document;
}

}  // namespace

ApiError TooManyRequests() { return {"RequestLimitExceeded", "Request limit exceeded.", 503}; }

FaultPlan FaultPlan::Parse(const std::string& json_text, const std::string& origin,
                           const std::vector<std::string>& actions) {
  constexpr std::int64_t kMany = std::numeric_limits<std::int32_t>::max();
  const Json document = ParseList(json_text, origin);
  FaultPlan plan;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const Json& entry = document[i];
    const std::string where = fmt::format("{}: entry {}", origin, i);
    if (!entry.is_object()) Fail(where, "must be an object");
    Fault fault;
    fault.kind = ReadFaultText(entry, where, "fault", "error");
    const Kind& kind = RequireKind(fault.kind, entry, where);
    fault.skip = ReadInteger(entry, where, "skip", 0, 0, kMany);
    fault.times = ReadInteger(entry, where, "times", kMany, 1, kMany);
    if (kind.keys.contains("action")) fault.action = ReadAction(entry, where, actions);
    if (kind.keys.contains("ms")) {
      if (!entry.contains("ms")) Fail(where, "\"ms\" is missing");
      const bool signed_time = fault.kind == "clock_skew";
      fault.time = std::chrono::milliseconds(
          ReadInteger(entry, where, "ms", 0, signed_time ? -kMany : 0, kMany));
    }
    if (fault.kind == "error") {
      fault.error = ReadFaultText(entry, where, "error", "");
      fault.message =
          ReadFaultText(entry, where, "message", "Injected by the local cloud's faults file.");
      fault.http_status = static_cast<int>(ReadInteger(entry, where, "http_status", 400, 400, 599));
    } else if (fault.kind == "throttle") {
      const double burst = ReadRate(entry, where, "burst");
      fault.bucket.emplace(burst, ReadRate(entry, where, "per_second"));
    }
    switch (kind.scope) {
      case Kind::Scope::kCalls:
        plan.calls_.push_back(std::move(fault));
        break;
      case Kind::Scope::kLaunches:
        plan.launches_.push_back(std::move(fault));
        break;
      case Kind::Scope::kSshd:
        plan.sshd_.push_back(
            {SshdKind(fault.kind), fault.skip, fault.times, fault.time, plan.hits_});
        break;
      case Kind::Scope::kCloud:
        (fault.kind == "clock_skew"   ? plan.clock_skew_
         : fault.kind == "hidden_ids" ? plan.hidden_
                                      : plan.stale_) = fault.time;
    }
  }
  return plan;
}

FaultPlan FaultPlan::Load(const std::string& path, const std::vector<std::string>& actions) {
  return Parse(ReadJsonFile(path, "faults " + path), path, actions);
}

bool FaultPlan::Counts(Fault* fault) {
  const std::int64_t number = fault->seen++;
  const bool hit = number >= fault->skip && number < fault->skip + fault->times;
  if (hit) Hit();
  return hit;
}

CallFault FaultPlan::NextCall(std::string_view action, Clock::time_point now) {
  CallFault result;
  for (Fault& fault : calls_) {
    if (!MatchesWildcard(fault.action, action)) continue;
    if (fault.bucket) {
      if (fault.bucket->Take(now) || result.error) continue;
      Hit();
      result.error = TooManyRequests();
    } else if (Counts(&fault)) {
      if (fault.kind == "error" && !result.error) {
        result.error.emplace(fault.error, fault.message, fault.http_status);
      }
      if (fault.kind == "slow") result.delay += fault.time;
      if (fault.kind == "truncated") result.damage = CallFault::Damage::kTruncated;
      if (fault.kind == "reset") result.damage = CallFault::Damage::kReset;
      if (fault.kind == "lost") result.damage = CallFault::Damage::kLost;
    }
  }
  return result;
}

LaunchFault FaultPlan::NextLaunch(bool spot) {
  LaunchFault result;
  for (Fault& fault : launches_) {
    if ((fault.kind == "spot_interruption" && !spot) || !Counts(&fault)) continue;
    if (fault.kind == "spot_interruption") result.interrupted_after = fault.time;
    if (fault.kind == "shutting_down") result.shut_down_after = fault.time;
    if (fault.kind == "reused_address") result.previous_answers_for = fault.time;
  }
  return result;
}

}  // namespace localcloud
