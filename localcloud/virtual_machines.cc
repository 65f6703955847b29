#include "localcloud/virtual_machines.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "localcloud/ec2/state/instance_types.h"
#include "localcloud/qemu/qemu_machine_factory.h"
#include "localcloud/qemu/qemu_volumes.h"

namespace localcloud {
namespace {

// What the host keeps for itself, launch_bench and QEMU's own needs.
constexpr std::int64_t kKeptMib = 1024;
// What a run of a few machines writes to their disks.
constexpr std::int64_t kNeededDiskMib = 2048;
constexpr std::int64_t kSmallestTypeMib = 1024;
constexpr char kArchitecture[] = "x86_64";

std::int64_t MemoryForGuests(const QemuHost& host) {
  const std::int64_t mib = host.memory_mib - kKeptMib;
  if (mib >= MemoryWithQemu(kSmallestTypeMib, host.kvm)) return mib;
  throw std::runtime_error(fmt::format(
      "virtual machines need memory: {} MiB are available here, of which {} are left to "
      "the host; the smallest instance type has {}, and QEMU takes some hundred",
      host.memory_mib, kKeptMib, kSmallestTypeMib));
}

QemuHost Probe(const std::string& directory) {
  QemuHost host = ProbeQemuHost(directory);
  if (host.disk_free_mib < kNeededDiskMib) {
    throw std::runtime_error(
        fmt::format("virtual machines need disk space: {} MiB are free in {}, {} are needed; set "
                    "TMPDIR to a directory with more",
                    host.disk_free_mib, directory, kNeededDiskMib));
  }
  return host;
}

}  // namespace

VirtualMachines::VirtualMachines(event_base* base, GuestImage image, const std::string& directory)
    : image_(std::move(image)),
      image_directory_(directory + "/" + kArchitecture + "-image"),
      host_(Probe(directory)) {
  settings_.reaper = std::make_shared<ChildReaper>(base);
  settings_.network = std::make_shared<PrivateNetwork>(base, settings_.reaper);
  settings_.memory = std::make_shared<MemoryBudget>(MemoryForGuests(host_));
  settings_.kvm = host_.kvm;
  settings_.host_cpus = host_.cpus;
  QemuVolumes::WriteImage(image_, image_directory_);
}

void VirtualMachines::Configure(CloudOptions* options) const {
  options->profile = LatencyProfile::Load("unmodelled");
  options->public_images = {
      {kArchitecture, {{image_.name, image_.description, image_directory_}, {}}}};
  options->network = 10;
  options->client_address = kHostAddress;
  options->ssh_port = kGuestSshPort;
  options->machines = Description();
}

std::unique_ptr<MachineFactory> VirtualMachines::MakeFactory(
    const MachineSettings& settings) const {
  QemuSettings all = settings_;
  all.machines = settings;
  return MakeQemuMachineFactory(all);
}

std::string VirtualMachines::Description() const {
  nlohmann::ordered_json types = nlohmann::ordered_json::object();
  for (const InstanceType& type : InstanceTypes()) {
    if (type.architecture != kArchitecture) continue;
    const int cpus = std::min(type.vcpus, host_.cpus);
    types[type.name] = {
        {"cpus", cpus},
        {"memory_mib", type.memory_mib},
        {"at_once", settings_.memory->left_mib() / MemoryWithQemu(type.memory_mib, host_.kvm)},
        // One core is the instrument's and this process's.
        {"on_own_cores", (host_.cpus - 1) / cpus}};
  }
  nlohmann::ordered_json machines = {{"kind", "qemu"},
                                     {"accelerator", host_.kvm ? "kvm" : "tcg"},
                                     {"qemu_version", host_.version},
                                     {"host_cpu", host_.cpu},
                                     {"host_cpus", host_.cpus},
                                     {"image", image_.name},
                                     {"image_description", image_.description},
                                     {"types", types}};
  if (!host_.kvm) machines["why_not_kvm"] = host_.why_no_kvm;
  return machines.dump();
}

}  // namespace localcloud
