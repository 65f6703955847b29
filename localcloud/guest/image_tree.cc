#include "localcloud/guest/image_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/guest_programs.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

// The packages of Amazon Linux 2023 that matter for a launch or a bake.
constexpr const char* kPackages[] = {"amazon-linux-repo-s3",
                                     "amazon-ssm-agent",
                                     "chrony",
                                     "cloud-init",
                                     "dhcpcd",
                                     "dnf",
                                     "ec2-hibinit-agent",
                                     "ec2-instance-connect",
                                     "openssh-server",
                                     "sudo",
                                     "systemd",
                                     "systemd-networkd"};
constexpr const char* kEnabledUnits[] = {
    "amazon-ssm-agent", "chronyd",          "cloud-config", "cloud-final",
    "cloud-init",       "cloud-init-local", "sshd",         "systemd-networkd"};

constexpr char kOsRelease[] =
    "NAME=\"Amazon Linux\"\n"
    "VERSION=\"2023\"\n"
    "ID=\"amzn\"\n"
    "ID_LIKE=\"fedora\"\n"
    "VERSION_ID=\"2023\"\n"
    "PLATFORM_ID=\"platform:al2023\"\n"
    "PRETTY_NAME=\"Amazon Linux 2023 (modelled by localcloud; programs are the host's)\"\n"
    "VARIANT=\"localcloud model\"\n"
    "VARIANT_ID=\"localcloud\"\n";

constexpr char kPasswd[] =
    "root:x:0:0:root:/root:/bin/sh\n"
    "nobody:x:65534:65534:Kernel Overflow User:/:/sbin/nologin\n"
    "ec2-user:x:1000:1000:EC2 Default User:/home/ec2-user:/bin/sh\n";
constexpr char kGroup[] = "root:x:0:\nwheel:x:10:ec2-user\nnobody:x:65534:\nec2-user:x:1000:\n";

[[noreturn]] void ThrowTreeError(const std::string& what, const fs::path& path) {
  throw std::runtime_error("cannot " + what + " " + path.string() + ": " + std::strerror(errno));
}

void GivePathToGuest(const fs::path& path) {
  if (GuestOwner() != geteuid() && lchown(path.c_str(), GuestOwner(), GuestOwner()) != 0)
    ThrowTreeError("give to the guest", path);
}

// Creates the mount points for host directories and kernel file systems, and the links into the
// host's /usr.
void MakeSkeleton(const std::string& directory, const GuestFiles& files) {
  for (const char* name :
       {"boot", "dev", "etc/alternatives", "home", "media", "mnt", "opt", "proc", "run", "srv",
        "sys", "usr/local/bin", "usr/local/lib", "usr/local/sbin", "var/log", "var/tmp"}) {
    files.MakeDirectory(name);
  }
  files.MakeDirectory("root", 0700);
  files.MakeDirectory("tmp", 01777);
  files.MakeDirectory("home/ec2-user", 0700);
  files.MakeDirectory("home/ec2-user/.ssh", 0700);
  for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
    const fs::path host = fs::path("/") / name;
    const fs::path guest = fs::path(directory) / name;
    if (fs::is_symlink(host)) {
      fs::create_symlink(fs::read_symlink(host), guest);
      GivePathToGuest(guest);
    } else if (fs::is_directory(host)) {
      files.MakeDirectory(name);
    }
  }
}

}  // namespace

void CreateBaseImage(const std::string& directory) {
  fs::create_directories(directory);
  GivePathToGuest(directory);
  const GuestFiles files(directory);
  MakeSkeleton(directory, files);
  files.Write("etc/os-release", kOsRelease);
  files.Write("etc/system-release", "Amazon Linux release 2023 (modelled by localcloud)\n");
  files.Write("etc/passwd", kPasswd);
  files.Write("etc/group", kGroup);
  files.Write("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
  files.Write("etc/hosts", "127.0.0.1 localhost\n");
  files.Write("etc/machine-id", "", 0444);  // filled in at the first boot
  files.Write("etc/ssh/sshd_config", "PasswordAuthentication no\nUsePAM yes\n", 0600);
  files.Write("etc/cloud/cloud.cfg", "system_info:\n  default_user:\n    name: ec2-user\n");
  files.MakeDirectory("var/lib/cloud/data");
  for (const char* name : kPackages)
    files.Write(std::string("etc/localcloud/packages/") + name, "");
  for (const char* name : kEnabledUnits) {
    files.Write(std::string("etc/systemd/system/multi-user.target.wants/") + name + ".service", "");
  }
  for (const GuestProgram& program : GuestPrograms()) {
    files.Write(std::string("usr/local/bin/") + program.name, program.script, 0755);
  }
}

void CreateDockerImage(const std::string& directory) {
  CreateBaseImage(directory);
  GuestFiles(directory).Write("etc/localcloud/packages/docker", "");
}

}  // namespace localcloud
