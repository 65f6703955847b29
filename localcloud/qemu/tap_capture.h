// Watches a tap device for the first packets that show how far its guest's boot has come.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "localcloud/loop/background_worker.h"
#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/qemu/private_network.h"

struct event_base;

namespace localcloud {

// Each event has a socket with a filter of its own in the kernel, which rejects everything after
// the first packet. So a guest that sends without end costs no more than one that does not. Use
// from the event loop's thread only. May be destroyed in a callback.
class TapCapture {
 public:
  // The device must be up. `closer` closes the sockets; it must outlive this object. Throws
  // std::system_error.
  TapCapture(event_base* base, BackgroundWorker* closer, const std::string& device,
             const std::string& private_address, std::uint16_t ssh_port, GuestLink::Events events);
  ~TapCapture();
  TapCapture(const TapCapture&) = delete;
  TapCapture& operator=(const TapCapture&) = delete;

 private:
  enum Kind { kDhcp, kReset, kSynAck, kBanner, kKinds };
  struct Waiting {
    OwnedFd socket;
    std::unique_ptr<FdWatch> watch;
    std::function<void(Clock::time_point)> on_packet;
  };
  void Look();
  std::optional<Clock::time_point> Take(Kind kind);
  void Stop(Kind kind);

  BackgroundWorker* closer_;
  std::array<Waiting, kKinds> waiting_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace localcloud
