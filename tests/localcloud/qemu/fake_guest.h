// A stand-in for a virtual machine: a second network namespace behind a GuestLink's tap.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>

#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/pipe.h"

namespace localcloud {

// A process that passes frames between the tap and the device eth0 of its own network namespace. It
// keeps the tap open, as QEMU does. Requires: this process has one thread, and may make namespaces.
class FakeGuest {
 public:
  FakeGuest(int tap, const std::string& mac_address) {
    const Pipe ready = MakePipe();
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent || unshare(CLONE_NEWNET) != 0) _exit(1);
      const OwnedFd device = MakeDevice(mac_address);
      if (!device || write(ready.write_end.get(), "r", 1) != 1) _exit(1);
      Relay(tap, device.get());
    }
    pollfd wait{ready.read_end.get(), POLLIN, 0};
    char byte = 0;
    if (poll(&wait, 1, 60'000) != 1 || read(ready.read_end.get(), &byte, 1) != 1)
      throw std::runtime_error("the guest does not start");
    network_ = OwnedFd(open(("/proc/" + std::to_string(pid_) + "/ns/net").c_str(), O_CLOEXEC));
  }
  // Configures eth0 by hand.
  FakeGuest(int tap, const std::string& mac_address, const std::string& address)
      : FakeGuest(tap, mac_address) {
    const std::string router = address.substr(0, address.find('.', 3)) + ".0.1";
    Run("ip link set lo up && ip link set eth0 up && ip address add " + address +
        "/16 dev eth0 && ip route add default via " + router);
  }
  ~FakeGuest() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  FakeGuest(const FakeGuest&) = delete;
  FakeGuest& operator=(const FakeGuest&) = delete;

  // While an object lives, this process is in the guest's network. Sockets made there stay there.
  class Inside {
   public:
    explicit Inside(const FakeGuest& guest) : before_(open("/proc/self/ns/net", O_CLOEXEC)) {
      Enter(guest.network_.get());
    }
    ~Inside() { Enter(before_.get()); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    static void Enter(int network) {
      if (setns(network, CLONE_NEWNET) != 0) {
        std::perror("setns");
        _exit(1);
      }
    }
    OwnedFd before_;
  };

  // Runs a shell command there as root. Returns its output. Throws if it fails.
  std::string Run(const std::string& command) const {
    const Inside inside(*this);
    FILE* const pipe = popen(("PATH=$PATH:/usr/sbin:/sbin; " + command).c_str(), "re");
    std::string output;
    std::array<char, 256> part{};
    while (std::fgets(part.data(), part.size(), pipe) != nullptr) output += part.data();
    if (const int status = pclose(pipe); status != 0)
      throw std::runtime_error(command + " failed: " + output);
    return output;
  }

 private:
  static OwnedFd MakeDevice(const std::string& mac_address) {
    OwnedFd device(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    ifreq request{};
    std::strcpy(request.ifr_name, "eth0");
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    if (!device || ioctl(device.get(), TUNSETIFF, &request) != 0) return {};
    auto* const bytes = reinterpret_cast<unsigned char*>(request.ifr_hwaddr.sa_data);
    std::memset(&request.ifr_hwaddr, 0, sizeof request.ifr_hwaddr);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    std::sscanf(mac_address.c_str(), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &bytes[0], &bytes[1],
                &bytes[2], &bytes[3], &bytes[4], &bytes[5]);
    const OwnedFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (ioctl(any.get(), SIOCSIFHWADDR, &request) != 0) return {};
    return device;
  }
  [[noreturn]] static void Relay(int tap, int device) {
    const auto pass = [](int from, int to) {
      static std::array<char, 70'000> frame;
      for (;;) {
        const ssize_t count = read(from, frame.data(), frame.size());
        if (count < 0 && errno == EBADFD) _exit(0);  // the device was removed
        if (count <= 0) return;
        [[maybe_unused]] const ssize_t sent =
            write(to, frame.data(), static_cast<std::size_t>(count));  // a full device drops it
      }
    };
    for (;;) {
      std::array<pollfd, 2> ends{{{tap, POLLIN, 0}, {device, POLLIN, 0}}};
      poll(ends.data(), ends.size(), -1);
      pass(tap, device);
      pass(device, tap);
    }
  }

  pid_t pid_ = -1;
  OwnedFd network_;
};

}  // namespace localcloud
