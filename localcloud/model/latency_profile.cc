#include "localcloud/model/latency_profile.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "localcloud/loop/json_file.h"
#include "localcloud/model/built_in_profiles.h"

namespace localcloud {
namespace {

using Json = nlohmann::json;

// Longer than anything that a launch waits for; a larger figure has the wrong unit.
constexpr double kMaxMs = 3'600'000;

// A guest's shell reads these names, so only these characters are allowed.
constexpr char kStepLetters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

// A place in a file: "profile x.json: /boot/al2023/open_to_ready".
struct Place {
  std::string origin;
  std::string path;

  Place operator/(const std::string& key) const { return {origin, path + "/" + key}; }
  [[noreturn]] void Fail(const std::string& problem) const {
    throw std::runtime_error(
        fmt::format("profile {}: {}: {}", origin, path.empty() ? "/" : path, problem));
  }
};

// Takes a reference but returns a pointer that is never null, as do the functions below. (With a
// returned reference, GCC 13 and later warn that it may refer to a temporary of the other
// parameter.)
const Json* RequireObject(const Json& value, const Place& place) {
  if (!value.is_object()) place.Fail("must be an object");
  return &value;
}

void RequireKeys(const Json& object, const Place& place, const std::set<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key)) {
      place.Fail(fmt::format("unknown key \"{}\"; known are {}", key, fmt::join(known, ", ")));
    }
  }
}

const Json* Member(const Json& object, const Place& place, std::string_view key) {
  RequireObject(object, place);
  const auto found = object.find(key);
  if (found == object.end()) place.Fail(fmt::format("\"{}\" is missing", key));
  return &*found;
}

double ReadNumber(const Json& object, const Place& place, const std::string& key, double max) {
  const Json& value = *Member(object, place, key);
  if (!value.is_number()) (place / key).Fail("must be a number");
  const double number = value.get<double>();
  if (!(number >= 0 && number <= max)) {
    (place / key).Fail(fmt::format("must be between 0 and {}", max));
  }
  return number;
}

std::string ReadProfileText(const Json& object, const Place& place, const std::string& key) {
  const Json& value = *Member(object, place, key);
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    (place / key).Fail("must be a string");
  }
  return value.get<std::string>();
}

void RequireSource(const Json& value, const Place& place) {
  const std::string mark = ReadProfileText(value, place, "mark");
  if (mark != "measured" && mark != "derived" && mark != "assumed") {
    (place / "mark").Fail("must be measured, derived or assumed");
  }
  ReadProfileText(value, place, "source");
}

std::size_t ReadCount(const Json& value, const Place& place) {
  constexpr double kMost = 1'000'000;
  RequireKeys(*RequireObject(value, place), place, {"count", "mark", "source"});
  RequireSource(value, place);
  const double count = ReadNumber(value, place, "count", kMost);
  if (count != std::floor(count)) (place / "count").Fail("must be a whole number");
  return static_cast<std::size_t>(count);
}

Distribution ReadDistribution(const Json& value, const Place& place) {
  RequireObject(value, place);
  Distribution result;
  std::set<std::string> known = {"mark", "source", "floor_ms"};
  if (value.contains("constant_ms")) {
    known.insert("constant_ms");
    result.center_ms = ReadNumber(value, place, "constant_ms", kMaxMs);
  } else if (value.contains("mean_ms")) {
    known.insert({"mean_ms", "sd_ms"});
    result.shape = Distribution::Shape::kNormal;
    result.center_ms = ReadNumber(value, place, "mean_ms", kMaxMs);
    result.spread = ReadNumber(value, place, "sd_ms", kMaxMs);
  } else if (value.contains("median_ms")) {
    known.insert({"median_ms", "sigma"});
    result.shape = Distribution::Shape::kLognormal;
    result.center_ms = ReadNumber(value, place, "median_ms", kMaxMs);
    result.spread = ReadNumber(value, place, "sigma", 3);
  } else {
    place.Fail("needs constant_ms, or mean_ms and sd_ms, or median_ms and sigma");
  }
  RequireKeys(value, place, known);
  if (value.contains("floor_ms")) result.floor_ms = ReadNumber(value, place, "floor_ms", kMaxMs);
  RequireSource(value, place);
  return result;
}

Lifecycle ReadLifecycle(const Json& value, const Place& place) {
  Lifecycle result;
  const std::map<std::string, Distribution Lifecycle::*> fields = {
      {"pending_to_running", &Lifecycle::pending_to_running},
      {"starting_to_running", &Lifecycle::starting_to_running},
      {"resuming_to_running", &Lifecycle::resuming_to_running},
      {"public_address", &Lifecycle::public_address},
      {"stopping", &Lifecycle::stopping},
      {"hibernating", &Lifecycle::hibernating},
      {"shutting_down", &Lifecycle::shutting_down},
      {"cloud_init_final", &Lifecycle::cloud_init_final},
      {"hibernation_ready", &Lifecycle::hibernation_ready},
      {"image_available", &Lifecycle::image_available},
  };
  std::set<std::string> known;
  for (const auto& [key, field] : fields) {
    known.insert(key);
    result.*field = ReadDistribution(*Member(value, place, key), place / key);
  }
  RequireKeys(value, place, known);
  return result;
}

BootDistributions ReadBoot(const Json& value, const Place& place) {
  BootDistributions boot;
  const auto read = [&](const std::string& key) {
    return ReadDistribution(*Member(value, place, key), place / key);
  };
  boot.running_to_closed = read("running_to_closed");
  boot.closed_to_open = read("closed_to_open");
  boot.open_to_ready = read("open_to_ready");
  RequireKeys(value, place, {"running_to_closed", "closed_to_open", "open_to_ready"});
  return boot;
}

const std::map<std::string, Distribution Consistency::*>& ConsistencyFields() {
  static const std::map<std::string, Distribution Consistency::*> fields = {
      {"new_ids", &Consistency::new_ids},
      {"tag_index", &Consistency::tag_index},
      {"status_checks", &Consistency::status_checks},
      {"queue_usable", &Consistency::queue_usable},
      {"queue_name_free", &Consistency::queue_name_free},
  };
  return fields;
}

// Returns true unless "switches" turns `name` off.
bool IsOn(const Json& document, const std::string& name) {
  const auto switches = document.find("switches");
  return switches == document.end() || switches->value(name, true);
}

void CheckSwitches(const Json& document, const Place& place) {
  if (!document.contains("switches")) return;
  std::set<std::string> known = {"request_rates"};
  for (const auto& [name, field] : ConsistencyFields()) known.insert(name);
  RequireKeys(*RequireObject(document["switches"], place), place, known);
  for (const auto& [name, value] : document["switches"].items()) {
    if (!value.is_boolean()) (place / name).Fail("must be true or false");
  }
}

Consistency ReadConsistency(const Json& document, const Place& place) {
  Consistency result;
  if (!document.contains("consistency")) return result;
  const Json& value = *RequireObject(document["consistency"], place);
  std::set<std::string> known;
  for (const auto& [name, field] : ConsistencyFields()) {
    known.insert(name);
    if (!value.contains(name)) continue;
    const Distribution read = ReadDistribution(value[name], place / name);
    if (name.starts_with("queue_") && read.shape != Distribution::Shape::kConstant)
      (place / name).Fail("must be constant");
    if (IsOn(document, name)) result.*field = read;
  }
  RequireKeys(value, place, known);
  return result;
}

RequestRates ReadRates(const Json& document, const Place& place) {
  constexpr double kMostTokens = 1'000'000;
  RequestRates result;
  if (!document.contains("request_rates")) return result;
  for (const auto& [name, value] : RequireObject(document["request_rates"], place)->items()) {
    const Place rate_place = place / name;
    RequireKeys(*RequireObject(value, rate_place), rate_place,
                {"burst", "per_second", "mark", "source"});
    RequireSource(value, rate_place);
    const RequestRate rate{ReadNumber(value, rate_place, "burst", kMostTokens),
                           ReadNumber(value, rate_place, "per_second", kMostTokens)};
    if (rate.burst < 1 || rate.per_second <= 0)
      rate_place.Fail("needs a burst of at least 1, and per_second above 0");
    result[name] = rate;
  }
  return IsOn(document, "request_rates") ? result : RequestRates{};
}

std::vector<std::string> ReadTypes(const Json& value, const Place& place) {
  RequireKeys(*RequireObject(value, place), place, {"types", "mark", "source"});
  RequireSource(value, place);
  const Json& types = *Member(value, place, "types");
  const auto is_text = [](const Json& type) { return type.is_string(); };
  if (!types.is_array() || !std::all_of(types.begin(), types.end(), is_text)) {
    (place / "types").Fail("must be a list of instance types; m7i.* matches a whole family");
  }
  return types.get<std::vector<std::string>>();
}

// `document` is the profile with the region's own entries merged in.
RegionLatencies ReadLatencies(const Json& document, const Place& place) {
  RegionLatencies result;
  const Json& api = *RequireObject(*Member(document, place, "api"), place / "api");
  for (const auto& [action, value] : api.items()) {
    result.api[action] = ReadDistribution(value, place / "api" / action);
  }
  if (!result.api.contains("default")) (place / "api").Fail("\"default\" is missing");
  result.lifecycle = ReadLifecycle(*Member(document, place, "lifecycle"), place / "lifecycle");
  const Json& boot = *RequireObject(*Member(document, place, "boot"), place / "boot");
  for (const auto& [kind, value] : boot.items()) {
    result.boot[kind] = ReadBoot(value, place / "boot" / kind);
  }
  if (!result.boot.contains("al2023")) (place / "boot").Fail("\"al2023\" is missing");
  CheckSwitches(document, place / "switches");
  result.consistency = ReadConsistency(document, place / "consistency");
  result.request_rates = ReadRates(document, place / "request_rates");
  if (document.contains("catalogue")) {
    const Place catalogue_place = place / "catalogue";
    const Json& catalogue = *RequireObject(document["catalogue"], catalogue_place);
    RequireKeys(catalogue, catalogue_place, {"public_images", "public_snapshots"});
    for (const auto& [key, field] : {std::pair{"public_images", &RegionLatencies::public_images},
                                     {"public_snapshots", &RegionLatencies::public_snapshots}}) {
      if (catalogue.contains(key)) result.*field = ReadCount(catalogue[key], catalogue_place / key);
    }
  }
  if (document.contains("not_offered")) {
    const Place zones_place = place / "not_offered";
    for (const auto& [zone, types] : RequireObject(document["not_offered"], zones_place)->items())
      result.not_offered[zone] = ReadTypes(types, zones_place / zone);
  }
  if (document.contains("quotas")) {
    const Place quotas_place = place / "quotas";
    const Json& quotas = *RequireObject(document["quotas"], quotas_place);
    RequireKeys(quotas, quotas_place, {"standard_vcpus"});
    result.standard_vcpus =
        ReadCount(*Member(quotas, quotas_place, "standard_vcpus"), quotas_place / "standard_vcpus");
  }
  if (!document.contains("guest")) return result;
  const Json& guest = *RequireObject(document["guest"], place / "guest");
  for (const auto& [name, value] : guest.items()) {
    const Place step_place = place / "guest" / name;
    if (name.empty() || name.find_first_not_of(kStepLetters) != std::string::npos) {
      step_place.Fail("a step's name may have only lower-case letters, digits and '-'");
    }
    GuestStep& step = result.guest[name];
    step.duration = ReadDistribution(value, step_place);
    step.note = value["mark"].get<std::string>() + ": " + value["source"].get<std::string>();
    if (step.note.find_first_of("\t\n") != std::string::npos) {
      (step_place / "source").Fail("must be one line without tabs");
    }
  }
  return result;
}

// A JSON merge patch, except that a distribution (an object with a "mark") is replaced as a whole.
// Otherwise {"constant_ms": 1} over {"median_ms": 5, "sigma": 0.1} would leave both.
void Merge(const Json& patch, Json* target) {
  if (!patch.is_object() || patch.contains("mark") || !target->is_object()) {
    *target = patch;
    return;
  }
  for (const auto& [key, value] : patch.items()) Merge(value, &(*target)[key]);
}

// Merges `document` into its `base`, a built-in profile, which may have a base itself.
Json ResolveBase(Json document, const Place& place) {
  RequireObject(document, place);
  const auto base = document.find("base");
  if (base == document.end()) return document;
  if (!base->is_string()) (place / "base").Fail("must be a built-in profile's name");
  const auto found = BuiltInProfiles().find(base->get<std::string>());
  if (found == BuiltInProfiles().end() || found->first == document.value("name", "")) {
    (place / "base").Fail("must be the name of another built-in profile");
  }
  document.erase("base");
  Json merged =
      ResolveBase(ParseJsonText(found->second, "profile " + found->first), {found->first, ""});
  Merge(document, &merged);
  return merged;
}

}  // namespace

const Distribution& RegionLatencies::Api(std::string_view action) const {
  const auto found = api.find(action);
  return found == api.end() ? api.find("default")->second : found->second;
}

const BootDistributions& RegionLatencies::Boot(std::string_view kind) const {
  const auto found = boot.find(kind);
  return found == boot.end() ? boot.find("al2023")->second : found->second;
}

LatencyProfile LatencyProfile::Parse(const std::string& json_text, const std::string& origin) {
  const Place place{origin, ""};
  const Json document = ResolveBase(ParseJsonText(json_text, "profile " + origin), place);
  RequireKeys(document, place,
              {"name", "description", "refusal", "api", "lifecycle", "boot", "guest", "catalogue",
               "consistency", "request_rates", "switches", "not_offered", "quotas", "regions"});
  LatencyProfile profile;
  profile.name_ = ReadProfileText(document, place, "name");
  profile.description_ = ReadProfileText(document, place, "description");
  const std::string refusal = ReadProfileText(document, place, "refusal");
  if (refusal != "no_login" && refusal != "key_later") {
    (place / "refusal").Fail("must be no_login or key_later");
  }
  profile.key_later_ = refusal == "key_later";

  profile.other_regions_ = ReadLatencies(document, place);
  const Place regions_place = place / "regions";
  const Json& regions = *RequireObject(*Member(document, place, "regions"), regions_place);
  for (const auto& [region, patch] : regions.items()) {
    const Place region_place = regions_place / region;
    RequireKeys(*RequireObject(patch, region_place), region_place,
                {"rtt", "api", "lifecycle", "boot", "guest", "quotas"});
    const Distribution rtt =
        ReadDistribution(*Member(patch, region_place, "rtt"), region_place / "rtt");
    if (rtt.shape != Distribution::Shape::kConstant)
      (region_place / "rtt").Fail("must be constant");
    Json merged = document;
    Merge(patch, &merged);
    RegionLatencies latencies = ReadLatencies(merged, region_place);
    latencies.rtt = rtt.Draw(0, "");
    profile.other_regions_.rtt = std::max(profile.other_regions_.rtt, latencies.rtt);
    profile.regions_[region] = std::move(latencies);
  }
  return profile;
}

LatencyProfile LatencyProfile::Load(const std::string& name_or_path) {
  const auto built_in = BuiltInProfiles().find(name_or_path);
  if (built_in != BuiltInProfiles().end()) return Parse(built_in->second, built_in->first);
  if (access(name_or_path.c_str(), R_OK) != 0) {
    throw std::runtime_error(
        fmt::format("profile {}: neither a readable file nor a built-in profile (those are {})",
                    name_or_path, fmt::join(BuiltInNames(), ", ")));
  }
  return Parse(ReadJsonFile(name_or_path, "profile " + name_or_path), name_or_path);
}

std::vector<std::string> LatencyProfile::BuiltInNames() {
  std::vector<std::string> names;
  for (const auto& [name, text] : BuiltInProfiles()) names.push_back(name);
  return names;
}

const RegionLatencies& LatencyProfile::ForRegion(const std::string& region) const {
  const auto found = regions_.find(region);
  return found == regions_.end() ? other_regions_ : found->second;
}

}  // namespace localcloud
