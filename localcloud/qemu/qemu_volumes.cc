#include "localcloud/qemu/qemu_volumes.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "localcloud/guest/tree_copy.h"
#include "localcloud/loop/uuid.h"
#include "localcloud/qemu/host_programs.h"

namespace localcloud {
namespace {

constexpr char kBootFile[] = "/boot.json";
// QEMU's default, 64 KiB, in numbers: the unit in which a layer takes space.
constexpr char kLayerOptions[] = "cluster_size=65536,lazy_refcounts=on";

nlohmann::json ReadBoot(const std::string& directory) {
  std::ifstream file(directory + kBootFile);
  const auto boot = nlohmann::json::parse(file, nullptr, false);
  if (!boot.is_object()) throw std::runtime_error("no boot disk in " + directory);
  return boot;
}

void WriteBoot(const nlohmann::json& boot, const std::string& directory) {
  std::ofstream file(directory + kBootFile);
  file << boot.dump() << '\n';
  file.close();
  if (!file) throw std::runtime_error("cannot write " + directory + kBootFile);
}

}  // namespace

void QemuVolumes::WriteImage(const GuestImage& base, const std::string& image) {
  std::filesystem::create_directories(image);
  WriteBoot({{"base", base.disk},
             {"layer", base.disk},
             {"format", base.disk_format},
             {"kernel", base.kernel},
             {"initrd", base.initrd},
             {"kernel_command_line", base.kernel_command_line}},
            image);
}

BootDisk QemuVolumes::Read(const std::string& root) {
  const auto boot = ReadBoot(root);
  const std::filesystem::path base(boot.at("base").get<std::string>());
  return {root + "/" + boot.at("layer").get<std::string>(),
          {root, base.string()},
          boot.at("kernel"),
          boot.at("initrd"),
          boot.at("kernel_command_line")};
}

void QemuVolumes::CreateRoot(const std::string& image, const std::string& root, std::int64_t gib,
                             const std::stop_token& /*stop*/) const {
  nlohmann::json boot = ReadBoot(image);
  std::filesystem::create_directory(root);
  try {
    for (const auto& entry : std::filesystem::directory_iterator(image)) {
      if (entry.path().extension() == ".qcow2") {
        std::filesystem::create_hard_link(entry.path(),
                                          std::filesystem::path(root) / entry.path().filename());
      }
    }
    const std::string layer = NewUuid() + ".qcow2";
    RunHostProgram(FindHostProgram("qemu-img", "qemu-utils"),
                   {"create", "-q", "-u", "-f", "qcow2", "-o", kLayerOptions, "-F",
                    boot.at("format").get<std::string>(), "-b", boot.at("layer").get<std::string>(),
                    root + "/" + layer, fmt::format("{}G", gib)},
                   "");
    boot["layer"] = layer;
    boot["format"] = "qcow2";
    WriteBoot(boot, root);
  } catch (...) {
    std::filesystem::remove_all(root);
    throw;
  }
}

void QemuVolumes::CreateImage(const std::string& root, const std::string& image,
                              std::int64_t /*gib*/, const std::stop_token& stop) const {
  CopyTree(root, image, {.stop = stop});
}

std::string QemuVolumes::BootKind(const std::string& /*root*/, bool /*public_image*/) const {
  return "al2023";  // the profile's only entry: nothing is modelled
}

bool QemuVolumes::FirstBootIsUnfinished(const std::string& /*root*/) const { return false; }

// Not known from outside: a guest without the agent ignores the key, as on EC2.
bool QemuVolumes::HasInstanceConnect(const std::string& /*root*/) const { return true; }

}  // namespace localcloud
