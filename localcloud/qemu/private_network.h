// The network of this cloud's virtual machines: a network namespace of its own, with one tap device
// for each machine. There is no bridge: every packet is routed, so a machine sees nothing of the
// others, as on EC2.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/machine/ingress_rule.h"
#include "localcloud/machine/machine.h"

struct event_base;

namespace localcloud {

// The address of this host in the private network: clients connect from it, and machines reach the
// cloud's endpoint at it.
inline constexpr char kHostAddress[] = "10.0.0.1";

// Puts this process into a new network namespace, and into a new user namespace first if it may not
// make one otherwise. Sockets that are open already stay outside. REQUIRES: the process has one
// thread. Throws std::runtime_error, with one line that says what the kernel refuses and what to
// do.
void EnterPrivateNetwork();

// A machine's place in the network. Its destructor removes everything of it: the tap device, its
// routes and rules, its DHCP server and the sockets that watch it.
class GuestLink {
 public:
  // What happens at the SSH port of the machine, seen on the tap, so not by any client. Times are
  // the kernel's, taken when the packet passed.
  struct Events {
    std::function<void(Clock::time_point)> on_reset;    // the first RST: nothing listens yet
    std::function<void(Clock::time_point)> on_syn_ack;  // the first SYN-ACK
    std::function<void(Clock::time_point)> on_banner;   // the first "SSH-"
    std::function<void(Clock::time_point)> on_dhcp;     // the guest's first DHCP request
  };
  struct Options {
    std::string mac_address;
    std::string hostname;
    // The private address, which the machine gets by DHCP; then public ones, which are translated
    // to it. Each is an IPv4 address.
    std::vector<std::string> addresses;
    std::vector<IngressRule> ingress;
    std::uint16_t ssh_port = 22;
    // The port of the cloud's endpoint at kHostAddress; 0: machines reach no endpoint.
    std::uint16_t endpoint_port = 0;
    Events events;
  };
  virtual ~GuestLink() = default;

  virtual int tap() const = 0;  // for QEMU; stays open as long as this object
  // Replaces the rules. Existing connections stay.
  virtual void SetIngress(const std::vector<IngressRule>& ingress) = 0;
  // Returns a new listening socket at 169.254.169.254:80 that only this machine can reach. Call it
  // once.
  virtual OwnedFd ListenOnMetadataAddress() = 0;
};

// Use from the event loop's thread only.
class PrivateNetwork {
 public:
  // Sets up the namespace that the process is in. Throws std::runtime_error, with one line, if a
  // program is missing (ip, nft, dnsmasq) or the kernel refuses something.
  PrivateNetwork(event_base* base, std::shared_ptr<ChildReaper> reaper);
  ~PrivateNetwork();
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;

  // Throws std::runtime_error.
  std::unique_ptr<GuestLink> Connect(GuestLink::Options options);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
