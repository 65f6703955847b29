// The DHCP server of one virtual machine: a dnsmasq process that knows one address.
#pragma once

#include <memory>
#include <string>

#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"

struct event_base;

namespace localcloud {

// The process also ends when this process does. It has no privileges beyond the network's. If it
// ends by itself, one line on standard error says why. Use from the event loop's thread only. The
// destructor kills it, and the reaper waits for it.
class DhcpServer {
 public:
  struct Options {
    std::string program;      // the path of dnsmasq
    std::string device;       // the tap; it has the address `router`
    std::string mac_address;  // the only client
    std::string address;      // the client's
    std::string netmask;
    std::string router;
    std::string hostname;
  };
  // Throws std::system_error.
  DhcpServer(event_base* base, ChildReaper* reaper, const Options& options);
  ~DhcpServer();
  DhcpServer(const DhcpServer&) = delete;
  DhcpServer& operator=(const DhcpServer&) = delete;

 private:
  void ReportEnd();

  std::string address_;
  OwnedFd errors_;  // what it wrote to standard error
  OwnedFd process_;
  std::unique_ptr<FdWatch> end_;
};

}  // namespace localcloud
