#include "localcloud/qemu/qemu_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "localcloud/loop/printable.h"
#include "localcloud/qemu/disk_layers.h"
#include "localcloud/qemu/qemu_child.h"

namespace localcloud {
namespace {

// A value in a list of QEMU's, whose elements are separated by commas.
std::string ListValue(const std::string& text) {
  std::string value;
  for (const char c : text) value.append(c == ',' ? 2 : 1, c);
  return value;
}

class CommandBuilder {
 public:
  explicit CommandBuilder(QemuCommand* command) : command_(*command) {}

  void Add(const std::string& name) { command_.arguments.push_back(name); }
  void Add(const std::string& name, const std::string& value) {
    command_.arguments.push_back(name);
    command_.arguments.push_back(value);
  }
  // Returns the number of the descriptor in QEMU.
  int Pass(int fd) {
    command_.descriptors.push_back(fd);
    return static_cast<int>(command_.descriptors.size()) - 1;
  }
  int Pass(OwnedFd fd) {
    const int number = Pass(fd.get());
    command_.files.push_back(std::move(fd));
    return number;
  }
  // Returns a path by which QEMU's block and character devices get the descriptor.
  std::string PassAsPath(int number) {
    Add("-add-fd", fmt::format("fd={},set={}", number, number));
    return fmt::format("/dev/fdset/{}", number);
  }

 private:
  QemuCommand& command_;
};

// Opens the kernel or the initrd. QEMU opens it again, through /proc, which asks for the right to
// read the file itself, but not for any right to its directories.
OwnedFd OpenBootFile(const std::string& path) {
  OwnedFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) throw std::runtime_error("cannot open " + Printable(path) + ": " + std::strerror(errno));
  struct stat info {};
  if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
    throw std::runtime_error(Printable(path) + " is not a file");
  if (QemuHasOwnUser() && (info.st_mode & S_IROTH) == 0) {
    throw std::runtime_error("QEMU runs as a user of its own, who cannot read " + Printable(path) +
                             ": chmod o+r");
  }
  return fd;
}

OwnedFd OpenKernel(const std::string& path) {
  OwnedFd fd = OpenBootFile(path);
  constexpr off_t kMagicAt = 0x202;  // Linux's Documentation/x86/boot.rst
  char magic[4] = {};
  if (pread(fd.get(), magic, sizeof magic, kMagicAt) != 4 || std::memcmp(magic, "HdrS", 4) != 0)
    throw std::runtime_error(Printable(path) + " is not a Linux kernel");
  return fd;
}

void AddMachine(const QemuProcess::Options& options, CommandBuilder* builder) {
  builder->Add("-nodefaults");
  builder->Add("-no-user-config");
  builder->Add("-display", "none");
  builder->Add("-sandbox",
               "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  builder->Add("-name", ListValue(options.instance_id.empty() ? "guest" : options.instance_id));
  builder->Add("-machine", "q35,usb=off,vmport=off,dump-guest-core=off");
  // The cache of translated code counts as memory of the guest's, so it is bounded.
  builder->Add("-accel", options.kvm ? "kvm"
                                     : fmt::format("tcg,thread={},tb-size=256",
                                                   options.cpus > 1 ? "multi" : "single"));
  // As on EC2's virtual instances, no guest can run guests; Debian would load a driver for it. And
  // 5-level paging, which QEMU 7.2 emulates, crashes some static programs.
  builder->Add("-cpu", options.kvm ? "host,svm=off,vmx=off" : "max,svm=off,la57=off");
  builder->Add("-smp", std::to_string(options.cpus));
  builder->Add("-m", fmt::format("{}M", options.memory_mib));
  // A reset ends QEMU and is reported, because the local cloud boots the machine. After a panic the
  // guest does what it would do elsewhere.
  builder->Add("-action", "reboot=shutdown,shutdown=poweroff,panic=none");
  builder->Add("-global", "ICH9-LPC.disable_s3=1");  // nobody would wake the guest up
  builder->Add("-device", "virtio-rng-pci");
  builder->Add("-device", "pvpanic");
  if (!options.generation_id.empty())
    builder->Add("-device", "vmgenid,guid=" + ListValue(options.generation_id));
  builder->Add("-S");
  if (!options.saved_memory.empty()) builder->Add("-incoming", "defer");
}

// What the guest finds below /sys/class/dmi/id, as on EC2's Nitro machines. cloud-init recognizes
// EC2 by it.
void AddFirmwareTables(const QemuProcess::Options& options, CommandBuilder* builder) {
  const std::string vendor = "Amazon EC2";
  const std::string uuid = MachineUuid(options.instance_id);
  builder->Add("-smbios", "type=0,vendor=" + vendor + ",version=1.0");
  builder->Add("-smbios",
               fmt::format("type=1,manufacturer={},serial={},uuid={}", vendor, uuid, uuid));
  builder->Add("-smbios", fmt::format("type=2,manufacturer={},asset={}", vendor,
                                      ListValue(options.instance_id)));
  builder->Add("-smbios", fmt::format("type=3,manufacturer={},asset={}", vendor, vendor));
}

// The page cache of the host is used (cache.direct=off), so that all machines share one copy of the
// base in memory; its blocks are as warm as the host has them. The guest's flushes reach the host's
// disk (cache.no-flush=off), so that fsync in a guest takes the time of a real one. If the host's
// disk is full, the guest gets an I/O error (werror=report); QEMU would stop the machine otherwise.
void AddDisk(const QemuProcess::Options& options, CommandBuilder* builder) {
  std::vector<DiskLayer> layers = OpenDiskLayers(options.disk, options.base_places);
  nlohmann::json below = nullptr;  // the node of the layer below
  for (std::size_t i = layers.size(); i-- > 0;) {
    const bool top = i == 0;
    nlohmann::json file = {
        {"driver", "file"},
        {"node-name", fmt::format("file{}", i)},
        {"filename", builder->PassAsPath(builder->Pass(std::move(layers[i].fd)))},
        {"read-only", !top},
        {"cache", {{"direct", false}, {"no-flush", false}}}};
    nlohmann::json node = {{"driver", layers[i].format},
                           {"node-name", top ? "disk" : fmt::format("layer{}", i)},
                           {"file", file.at("node-name")},
                           {"read-only", !top},
                           {"cache", {{"direct", false}, {"no-flush", false}}}};
    if (top) file["discard"] = node["discard"] = "unmap";
    // Never by the name that the file states.
    if (layers[i].format == "qcow2") node["backing"] = below;
    builder->Add("-blockdev", file.dump());
    builder->Add("-blockdev", node.dump());
    below = node.at("node-name");
  }
  builder->Add("-device", "virtio-blk-pci,drive=disk,bootindex=1,werror=report,rerror=report");
}

}  // namespace

QemuCommand MakeQemuCommand(const QemuProcess::Options& options, int messages, int monitor,
                            int serial) {
  QemuCommand command;
  command.arguments = {"qemu-system-x86_64"};
  command.descriptors = {-1, -1, messages};
  CommandBuilder builder(&command);
  AddMachine(options, &builder);
  if (!options.instance_id.empty()) AddFirmwareTables(options, &builder);
  builder.Add("-chardev", fmt::format("socket,id=monitor,fd={}", builder.Pass(monitor)));
  builder.Add("-mon", "chardev=monitor,mode=control");
  builder.Add("-chardev",
              "file,id=serial,append=on,path=" + builder.PassAsPath(builder.Pass(serial)));
  builder.Add("-serial", "chardev:serial");
  if (!options.disk.empty()) AddDisk(options, &builder);
  if (options.tap >= 0) {
    builder.Add("-netdev", fmt::format("tap,id=network,fd={}", builder.Pass(options.tap)));
    // Without the ROM that boots from the network.
    builder.Add("-device", fmt::format("virtio-net-pci,netdev=network,mac={},romfile=",
                                       ListValue(options.mac_address)));
  }
  if (!options.kernel.empty()) {
    builder.Add("-kernel",
                fmt::format("/proc/self/fd/{}", builder.Pass(OpenKernel(options.kernel))));
    if (!options.initrd.empty())
      builder.Add("-initrd",
                  fmt::format("/proc/self/fd/{}", builder.Pass(OpenBootFile(options.initrd))));
    builder.Add("-append", options.kernel_command_line);
  }
  return command;
}

std::string MachineUuid(const std::string& instance_id) {
  // FNV-1a. Two instances may not share a UUID by accident, and nobody tries to make them.
  const auto hash = [&](std::uint64_t state) {
    for (const char c : instance_id)
      state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return state;
  };
  const std::string digits =
      fmt::format("{:016x}{:016x}", hash(0xcbf29ce484222325), hash(0x84222325cbf29ce4));
  return fmt::format("ec2{}-{}-{}-{}-{}", digits.substr(3, 5), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20, 12));
}

}  // namespace localcloud
