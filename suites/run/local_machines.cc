#include "suites/run/local_machines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "suites/run/json_members.h"

namespace suites {
namespace {

// Returns `otherwise` unless the member is a number from 0 to a million.
int CountOr(const nlohmann::json& object, const char* key, int otherwise) {
  const auto count = NumberOr<double>(object, key, -1);
  return count >= 0 && count <= 1e6 ? static_cast<int>(count) : otherwise;
}

LocalMachines::Type ReadType(const nlohmann::json& json) {
  LocalMachines::Type type;
  type.cpus = CountOr(json, "cpus", type.cpus);
  type.memory_mib = CountOr(json, "memory_mib", type.memory_mib);
  type.at_once = CountOr(json, "at_once", type.at_once);
  type.on_own_cores = CountOr(json, "on_own_cores", type.on_own_cores);
  return type;
}

}  // namespace

std::optional<LocalMachines> ReadLocalMachines(const std::string& cloud_text) {
  const auto cloud = nlohmann::json::parse(cloud_text, nullptr, false);
  const auto json = cloud.find("machines");
  if (json == cloud.end() || !json->is_object() || TextOf(*json, "kind") != "qemu")
    return std::nullopt;
  LocalMachines machines;
  machines.accelerator = TextOf(*json, "accelerator");
  machines.why_not_kvm = TextOf(*json, "why_not_kvm");
  machines.qemu_version = TextOf(*json, "qemu_version");
  machines.host_cpu = TextOf(*json, "host_cpu");
  machines.host_cpus = CountOr(*json, "host_cpus", machines.host_cpus);
  machines.image = TextOf(*json, "image");
  machines.image_description = TextOf(*json, "image_description");
  if (const auto types = json->find("types"); types != json->end() && types->is_object()) {
    for (const auto& [name, type] : types->items()) {
      if (type.is_object()) machines.types[name] = ReadType(type);
    }
  }
  return machines;
}

std::string AcceleratorOf(const LocalMachines& machines) {
  return machines.emulated() ? "TCG" : "KVM";
}

std::string DescribeGuests(const LocalMachines& machines) {
  std::vector<std::string> texts;
  for (const auto& [name, type] : machines.types) {
    texts.push_back(fmt::format("{} with {} CPU{} and {} MiB", name, type.cpus,
                                type.cpus == 1 ? "" : "s", type.memory_mib));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string DescribeMachines(const LocalMachines& machines) {
  std::string text = fmt::format("QEMU {} ({}{}{})", machines.qemu_version, AcceleratorOf(machines),
                                 machines.why_not_kvm.empty() ? "" : ": ", machines.why_not_kvm);
  if (!machines.host_cpu.empty()) text += ", host CPU " + machines.host_cpu;
  if (machines.host_cpus > 0) text += fmt::format(" ({} CPUs)", machines.host_cpus);
  if (const std::string guests = DescribeGuests(machines); !guests.empty())
    text += ", guests " + guests;
  if (!machines.image.empty()) text += ", image " + machines.image;
  if (!machines.image_description.empty()) text += " (" + machines.image_description + ")";
  return text;
}

}  // namespace suites
