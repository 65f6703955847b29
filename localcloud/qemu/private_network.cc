#include "localcloud/qemu/private_network.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "localcloud/loop/background_worker.h"
#include "localcloud/qemu/host_programs.h"
#include "localcloud/qemu/nft_rules.h"
#include "localcloud/qemu/tap_link.h"

namespace localcloud {
namespace {

// The routes and rules below would cut off whoever uses another network.
void RequireOwnNetwork() {
  const OwnedFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  struct if_nameindex* const devices = if_nameindex();
  std::string stranger;
  for (const auto* device = devices; device != nullptr && device->if_index != 0; ++device) {
    const std::string name = device->if_name;
    ifreq request{};
    name.copy(request.ifr_name, sizeof request.ifr_name - 1);
    if (name == "lo" || name.starts_with("guest")) continue;
    if (ioctl(any.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0)
      stranger = name;
  }
  if (devices != nullptr) if_freenameindex(devices);
  if (!stranger.empty())
    throw std::runtime_error(
        "virtual machines need a network namespace of their own, but this one "
        "has the network device " +
        stranger);
}

// `name` is relative to /proc/sys/net.
void SetNetworkParameter(const std::string& name, const char* value) {
  const std::string path = "/proc/sys/net/" + name;
  const OwnedFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return;  // a kernel without IPv6
  if (!file || write(file.get(), value, std::strlen(value)) < 0)
    throw std::runtime_error("cannot set " + path + ": " + std::strerror(errno) +
                             " (in a container: --privileged)");
}

void SetNetworkParameters() {
  SetNetworkParameter("ipv4/ip_forward", "1");
  // A new namespace has what the host has. "all" is combined with each device's own value, and
  // "default" becomes that of new devices.
  for (const std::string of : {"ipv4/conf/all/", "ipv4/conf/default/"}) {
    SetNetworkParameter(of + "route_localnet", "0");  // nobody reaches 127.0.0.0/8 from outside
    SetNetworkParameter(of + "arp_ignore", "0");      // 169.254.169.254 answers on every device
    SetNetworkParameter(of + "arp_filter", "0");
    SetNetworkParameter(of + "accept_local", "0");
    SetNetworkParameter(of + "send_redirects", "0");  // a guest sees only its router
    SetNetworkParameter(of + "accept_redirects", "0");
    SetNetworkParameter(of + "rp_filter", "1");
  }
  // The router answers for all addresses of the guest's network, and at once.
  SetNetworkParameter("ipv4/conf/default/proxy_arp", "1");
  SetNetworkParameter("ipv4/neigh/default/proxy_delay", "0");
  SetNetworkParameter("ipv6/conf/default/disable_ipv6", "1");
}

}  // namespace

class PrivateNetwork::Impl {
 public:
  Impl(event_base* base, std::shared_ptr<ChildReaper> reaper)
      : base_(base), reaper_(std::move(reaper)), closer_(base) {
    programs_.ip = FindHostProgram("ip", "iproute2");
    programs_.nft = FindHostProgram("nft", "nftables");
    programs_.dnsmasq = FindHostProgram("dnsmasq", "dnsmasq-base");
    RequireOwnNetwork();
    SetNetworkParameters();
    try {
      RunHostProgram(programs_.nft, {"-f", "-"}, CommonRules());
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(std::string(error.what()) +
                               " (the kernel needs nf_tables with nat, fib and netdev)");
    }
    // An address of this cloud that no guest has is routed to lo, and the rules drop it there.
    // Without this route a client would be told that the network is unreachable.
    RunHostProgram(programs_.ip, {"-batch", "-"},
                      std::string("link set lo up\n") +                               //
                          "address replace " + kHostAddress + "/32 dev lo\n" +        //
                          "address replace 169.254.169.254/32 dev lo scope link\n" +  //
                          "route replace 10.0.0.0/8 dev lo src " + kHostAddress + "\n");
  }
  ~Impl() {
    try {
      RunHostProgram(programs_.nft, {"-f", "-"}, RemoveCommonRules());
      RunHostProgram(programs_.ip, {"-batch", "-"},
                        std::string("route delete 10.0.0.0/8 dev lo\n") +  //
                            "address delete " + kHostAddress + "/32 dev lo\n" +
                            "address delete 169.254.169.254/32 dev lo\n");
    } catch (const std::exception& error) {
      std::fprintf(stderr, "localcloud: cannot remove the private network: %s\n", error.what());
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::unique_ptr<GuestLink> Connect(GuestLink::Options options) {
    const std::string device = "guest" + std::to_string(++last_number_);
    return std::make_unique<TapLink>(base_, reaper_.get(), &closer_, programs_, device,
                                     std::move(options));
  }

 private:
  event_base* base_;
  std::shared_ptr<ChildReaper> reaper_;
  BackgroundWorker closer_;
  NetworkPrograms programs_;
  std::uint32_t last_number_ = 0;
};

PrivateNetwork::PrivateNetwork(event_base* base, std::shared_ptr<ChildReaper> reaper)
    : impl_(std::make_unique<Impl>(base, std::move(reaper))) {}

PrivateNetwork::~PrivateNetwork() = default;

std::unique_ptr<GuestLink> PrivateNetwork::Connect(GuestLink::Options options) {
  return impl_->Connect(std::move(options));
}

}  // namespace localcloud
