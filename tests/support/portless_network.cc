#include "tests/support/portless_network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

namespace test_support {
namespace {

bool RaiseLoopback(int any_socket) {
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (ioctl(any_socket, SIOCGIFFLAGS, &request) != 0) return false;
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  return ioctl(any_socket, SIOCSIFFLAGS, &request) == 0;
}

bool LimitLocalPorts() {
  std::ofstream file("/proc/sys/net/ipv4/ip_local_port_range");
  file << "40000 40000" << std::flush;
  return file.good();
}

}  // namespace

bool EnterPortlessNetwork() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  // Left open, because these sockets occupy the port.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int holder = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (!RaiseLoopback(listener) || !LimitLocalPorts()) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPortlessListener);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return bind(listener, generic, sizeof address) == 0 && listen(listener, 4) == 0 &&
         connect(holder, generic, sizeof address) == 0;
}

bool CanUsePortlessNetwork() {
  const pid_t child = fork();
  if (child == 0) _exit(EnterPortlessNetwork() ? 0 : 1);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace test_support
