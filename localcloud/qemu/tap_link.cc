#include "localcloud/qemu/tap_link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "localcloud/loop/listener.h"
#include "localcloud/qemu/host_programs.h"

namespace localcloud {
namespace {

OwnedFd MakeTap(const std::string& device) {
  OwnedFd tap(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!tap)
    throw std::runtime_error(fmt::format(
        "cannot open /dev/net/tun: {} (sudo modprobe tun; in a container: --device=/dev/net/tun)",
        std::strerror(errno)));
  ifreq request{};
  device.copy(request.ifr_name, sizeof request.ifr_name - 1);
  // With the virtio header, QEMU's guest leaves checksums and segmentation to the kernel.
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (ioctl(tap.get(), TUNSETIFF, &request) != 0)
    throw std::runtime_error(fmt::format("cannot make a tap device: {}", std::strerror(errno)));
  return tap;
}

GuestRules RulesOf(const std::string& device, const GuestLink::Options& options) {
  if (options.addresses.empty()) throw std::runtime_error("a guest needs a private address");
  return {.device = device,
          .mac_address = options.mac_address,
          .private_address = options.addresses.front(),
          .public_addresses = {options.addresses.begin() + 1, options.addresses.end()},
          .endpoint_port = options.endpoint_port,
          .ingress = options.ingress};
}

// The router's hardware address, the same on every tap: a machine that resumes keeps its table of
// neighbours, and would otherwise send to the tap that it had before, for half a minute.
constexpr char kRouterMac[] = "02:00:00:00:00:01";

// The router of the /16 network that the address is in: "10.11.0.1". No guest gets this address, as
// on EC2.
std::string RouterFor(const std::string& address) {
  return address.substr(0, address.find('.', address.find('.') + 1)) + ".0.1";
}

// dnsmasq would read more options from it.
void RequireHostname(const std::string& hostname) {
  const auto is_fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  };
  if (hostname.empty() || !std::all_of(hostname.begin(), hostname.end(), is_fine))
    throw std::runtime_error("'" + hostname + "' is not a host name");
}

}  // namespace

TapLink::Entry::Entry(const NetworkPrograms& given_programs, GuestRules given_rules)
    : programs(given_programs), rules(std::move(given_rules)) {
  RunHostProgram(programs.nft, {"-f", "-"}, AddGuestRules(rules));
}

TapLink::Entry::~Entry() {
  try {
    RunHostProgram(programs.nft, {"-f", "-"}, RemoveGuestRules(rules));
    // QEMU may still have the tap open, which would keep the device.
    RunHostProgram(programs.ip, {"link", "delete", rules.device}, "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "localcloud: cannot remove the network of %s: %s\n",
                 rules.private_address.c_str(), error.what());
  }
}

TapLink::TapLink(event_base* base, ChildReaper* reaper, BackgroundWorker* closer,
                 const NetworkPrograms& programs, const std::string& device, Options options)
    : programs_(programs), tap_(MakeTap(device)), entry_(programs, RulesOf(device, options)) {
  const std::string& address = entry_.rules.private_address;
  const std::string router = RouterFor(address);
  RequireHostname(options.hostname);
  // The neighbour is entered by hand: the kernel would ask for it, and would tell a client after 3
  // seconds that a guest that does not run yet cannot be reached.
  RunHostProgram(programs_.ip, {"-batch", "-"},
                 fmt::format("address add {router}/16 dev {device} noprefixroute\n"
                             "link set {device} address {router_mac} up\n"
                             "neighbour replace {address} lladdr {mac} dev {device} nud permanent\n"
                             "route replace {address}/32 dev {device} src {host}\n",
                             fmt::arg("router", router), fmt::arg("device", device),
                             fmt::arg("address", address), fmt::arg("router_mac", kRouterMac),
                             fmt::arg("mac", options.mac_address), fmt::arg("host", kHostAddress)));
  // It needs a device that is up. Nothing has passed yet.
  capture_ = std::make_unique<TapCapture>(base, closer, device, address, options.ssh_port,
                                          std::move(options.events));
  dhcp_ = std::make_unique<DhcpServer>(base, reaper,
                                       DhcpServer::Options{.program = programs_.dnsmasq,
                                                           .device = device,
                                                           .mac_address = options.mac_address,
                                                           .address = address,
                                                           .netmask = "255.255.0.0",
                                                           .router = router,
                                                           .hostname = options.hostname});
}

TapLink::~TapLink() = default;

void TapLink::SetIngress(const std::vector<IngressRule>& ingress) {
  GuestRules changed = entry_.rules;
  changed.ingress = ingress;
  RunHostProgram(programs_.nft, {"-f", "-"}, ReplaceIngressRules(changed));
  entry_.rules = std::move(changed);
}

OwnedFd TapLink::ListenOnMetadataAddress() {
  const auto require = [](int result, const char* what) {
    if (result != 0)
      throw std::system_error(errno, std::generic_category(),
                              std::string("cannot listen on 169.254.169.254:80: ") + what);
  };
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  require(fd ? 0 : -1, "socket");
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const std::string& device = entry_.rules.device;
  require(setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, device.c_str(),
                     static_cast<socklen_t>(device.size())),
          "SO_BINDTODEVICE");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(80);
  inet_pton(AF_INET, "169.254.169.254", &address.sin_addr);
  require(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  StartListening(fd.get());
  return fd;
}

}  // namespace localcloud
