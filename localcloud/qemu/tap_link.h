// The part of the private network that belongs to one virtual machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "localcloud/loop/background_worker.h"
#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/qemu/dhcp_server.h"
#include "localcloud/qemu/nft_rules.h"
#include "localcloud/qemu/private_network.h"
#include "localcloud/qemu/tap_capture.h"

struct event_base;

namespace localcloud {

// The programs that set up the network, as paths.
struct NetworkPrograms {
  std::string ip;
  std::string nft;
  std::string dnsmasq;
};

class TapLink : public GuestLink {
 public:
  // `device` is the name of the new tap device; it must begin with "guest", which the rules go by.
  // All references and pointers must outlive this object. Throws std::runtime_error.
  TapLink(event_base* base, ChildReaper* reaper, BackgroundWorker* closer,
          const NetworkPrograms& programs, const std::string& device, Options options);
  ~TapLink() override;

  int tap() const override { return tap_.get(); }
  void SetIngress(const std::vector<IngressRule>& ingress) override;
  OwnedFd ListenOnMetadataAddress() override;

 private:
  // The rules in the kernel, and the device with all that goes by its name. The destructor removes
  // them.
  struct Entry {
    const NetworkPrograms& programs;
    GuestRules rules;
    Entry(const NetworkPrograms& given_programs, GuestRules given_rules);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
  };

  const NetworkPrograms& programs_;
  OwnedFd tap_;
  Entry entry_;
  std::unique_ptr<TapCapture> capture_;
  std::unique_ptr<DhcpServer> dhcp_;
};

}  // namespace localcloud
