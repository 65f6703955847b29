// The network of this cloud's virtual machines: a network namespace of its own, with one tap device
// for each machine. There is no bridge: every packet is routed, so a machine sees nothing of the
// others, as on EC2. What a rule does not admit is lost without an answer, and so is what goes to
// an address in 10.0.0.0/8 that no machine has.
//
// A machine reaches its metadata service, its DHCP server, the cloud's endpoint, and other machines
// as their rules allow (TCP only). If it uses another machine's public address, it comes from its
// own public address if it has one. The rules see that address.
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
// routes and rules, its DHCP server and the sockets that watch it. It blocks for some 50 ms, which
// the kernel takes to remove a device and rules.
class GuestLink {
 public:
  // What happens at the SSH port of the machine, seen on the tap, so not by any client. Each is
  // called at most once, and may destroy the link. Any may be empty.
  //
  // Times are the kernel's, taken when the packet passed. The kernel stamps packets with the time
  // of day (CLOCK_REALTIME). The conversion adds an error of less than 20 us, unless this thread is
  // interrupted five times in a row between two readings of a clock. If the time of day is set
  // between the packet and the callback, the error is that step, but no time is after the callback.
  struct Events {
    // The first RST: nothing listens yet. Never after the first SYN-ACK.
    std::function<void(Clock::time_point)> on_reset;
    std::function<void(Clock::time_point)> on_syn_ack;  // the first SYN-ACK
    std::function<void(Clock::time_point)> on_banner;   // the first data that begins with "SSH-"
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

  // For QEMU; stays open as long as this object. Non-blocking. Frames come with a virtio-net header
  // (IFF_VNET_HDR), which QEMU notices by itself.
  virtual int tap() const = 0;
  // Replaces the rules. Existing connections stay. Throws std::runtime_error, and changes nothing,
  // if a rule is malformed.
  virtual void SetIngress(const std::vector<IngressRule>& ingress) = 0;
  // Returns a new listening socket at 169.254.169.254:80 that only this machine can reach. Call it
  // once.
  virtual OwnedFd ListenOnMetadataAddress() = 0;
};

// Use from the event loop's thread only. Must outlive its links.
class PrivateNetwork {
 public:
  // Sets up the namespace that the process is in, and replaces what an earlier process left there.
  // Throws std::runtime_error, with one line, if a program is missing (ip, nft, dnsmasq), the
  // kernel refuses something, or the namespace has a network device of someone else.
  PrivateNetwork(event_base* base, std::shared_ptr<ChildReaper> reaper);
  ~PrivateNetwork();
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;

  // Blocks for the milliseconds that `nft` and `ip` take. Throws std::runtime_error.
  std::unique_ptr<GuestLink> Connect(GuestLink::Options options);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
