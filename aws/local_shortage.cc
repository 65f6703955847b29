#include "aws/local_shortage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "aws/unique_fd.h"

namespace aws {
namespace {

std::string PortRange() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  int first = 0;
  int last = 0;
  return file >> first >> last ? fmt::format("{}-{}", first, last) : "unknown";
}

}  // namespace

std::string LocalShortage(int error) {
  if (error == EMFILE) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    return fmt::format("out of file descriptors (limit {}): lower --concurrency or raise ulimit -n",
                       limit.rlim_cur);
  }
  if (error == ENFILE) {
    return "this machine is out of file descriptors (sysctl fs.file-max): end other programs";
  }
  if (error == EADDRNOTAVAIL) {
    return fmt::format(
        "no local port left to connect from (sysctl net.ipv4.ip_local_port_range {}), or no local "
        "address of that kind: lower --concurrency or widen the range",
        PortRange());
  }
  return "";
}

int DescriptorShortage() {
  const UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (fd) return 0;
  return errno == EMFILE || errno == ENFILE ? errno : 0;
}

}  // namespace aws
