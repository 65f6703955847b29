#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

#include "localcloud/loop/owned_fd.h"
#include "localcloud/qemu/private_network.h"

namespace localcloud {
namespace {

std::string KernelSetting(const std::string& name) {
  std::string path = "/proc/sys/" + name;
  for (std::size_t at = 10; at < path.size(); ++at)
    if (path[at] == '.') path[at] = '/';
  std::string value;
  std::ifstream(path) >> value;
  return value;  // empty if this kernel does not have it
}

// Says which setting makes the kernel refuse a namespace, and what to do.
std::string WhyNoNamespace(int error) {
  if (error == EINVAL) return "this process has several threads";
  if (error == ENOSPC) {
    for (const std::string name : {"user.max_user_namespaces", "user.max_net_namespaces"})
      if (KernelSetting(name) == "0") return name + " is 0: sudo sysctl " + name + "=1000";
    return "too many namespaces exist: raise user.max_net_namespaces or user.max_user_namespaces";
  }
  if (KernelSetting("kernel.unprivileged_userns_clone") == "0")
    return "kernel.unprivileged_userns_clone is 0: sudo sysctl kernel.unprivileged_userns_clone=1";
  if (KernelSetting("kernel.apparmor_restrict_unprivileged_userns") == "1")
    return "AppArmor forbids user namespaces: sudo sysctl "
           "kernel.apparmor_restrict_unprivileged_userns=0";
  return std::string(std::strerror(error)) +
         "; in a container, give it CAP_SYS_ADMIN and CAP_NET_ADMIN (docker run --privileged)";
}

[[noreturn]] void RefuseNamespace(int error) {
  throw std::runtime_error("cannot make a network namespace: " + WhyNoNamespace(error));
}

void WriteIdMap(const char* path, const std::string& text) {
  const OwnedFd file(open(path, O_WRONLY | O_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    RefuseNamespace(errno);
}

}  // namespace

void EnterPrivateNetwork() {
  if (unshare(CLONE_NEWNET) == 0) return;
  if (errno != EPERM) RefuseNamespace(errno);
  const std::string user = std::to_string(geteuid());
  const std::string group = std::to_string(getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) RefuseNamespace(errno);
  // Without this line the kernel lets nobody but root map a group.
  WriteIdMap("/proc/self/setgroups", "deny");
  WriteIdMap("/proc/self/uid_map", "0 " + user + " 1");
  WriteIdMap("/proc/self/gid_map", "0 " + group + " 1");
}

}  // namespace localcloud
