#include "localcloud/qemu/tap_capture.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "localcloud/qemu/wall_clock.h"

namespace localcloud {
namespace {

// A packet filter that is a list of tests: the first that does not hold rejects the packet.
class PacketFilter {
 public:
  PacketFilter& Load(std::uint16_t mode_and_size, std::uint32_t offset) {
    return Add(static_cast<std::uint16_t>(BPF_LD | mode_and_size), offset);
  }
  PacketFilter& Is(std::uint32_t value) { return Test(BPF_JEQ, value, 0, kRejects); }
  PacketFilter& HasAny(std::uint32_t bits) { return Test(BPF_JSET, bits, 0, kRejects); }
  PacketFilter& HasNone(std::uint32_t bits) { return Test(BPF_JSET, bits, kRejects, 0); }
  PacketFilter& Add(std::uint16_t code, std::uint32_t value) {
    code_.push_back({code, 0, 0, value});
    return *this;
  }
  // Continues with an IPv4 packet of that protocol that is no later fragment. X is then the size of
  // the IPv4 header.
  PacketFilter& IsIpv4(std::uint8_t protocol) {
    Load(BPF_H | BPF_ABS, kEthernetType).Is(ETHERTYPE_IP);
    Load(BPF_B | BPF_ABS, kProtocol).Is(protocol);
    Load(BPF_H | BPF_ABS, kFragment).HasNone(0x1fff);
    return Add(BPF_LDX | BPF_B | BPF_MSH, kIpv4);
  }

  void Attach(int socket) {
    std::vector<sock_filter> program = code_;
    program.push_back({BPF_RET | BPF_K, 0, 0, 1});  // accepts one byte, which is enough to be seen
    program.push_back({BPF_RET | BPF_K, 0, 0, 0});  // rejects
    for (std::size_t at = 0; at < code_.size(); ++at) {
      const auto to_reject = static_cast<std::uint8_t>(program.size() - 1 - (at + 1));
      if (program[at].jt == kRejects) program[at].jt = to_reject;
      if (program[at].jf == kRejects) program[at].jf = to_reject;
    }
    const sock_fprog given{static_cast<unsigned short>(program.size()), program.data()};
    if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &given, sizeof given) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot filter packets");
  }

  static constexpr std::uint32_t kEthernetType = 12;
  static constexpr std::uint32_t kIpv4 = 14;
  static constexpr std::uint32_t kFragment = kIpv4 + 6;
  static constexpr std::uint32_t kProtocol = kIpv4 + 9;
  static constexpr std::uint32_t kSource = kIpv4 + 12;

 private:
  static constexpr std::uint8_t kRejects = 255;  // a filter here has fewer instructions
  PacketFilter& Test(std::uint16_t comparison, std::uint32_t value, std::uint8_t if_true,
                     std::uint8_t if_false) {
    const auto code = static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K);
    code_.push_back({code, if_true, if_false, value});
    return *this;
  }

  std::vector<sock_filter> code_;
};

// Offsets are relative to X, the size of the IPv4 header.
constexpr std::uint32_t kSourcePort = PacketFilter::kIpv4 + 0;
constexpr std::uint32_t kDestinationPort = PacketFilter::kIpv4 + 2;
constexpr std::uint32_t kTcpHeaderSize = PacketFilter::kIpv4 + 12;  // in the upper four bits
constexpr std::uint32_t kTcpFlags = PacketFilter::kIpv4 + 13;
constexpr std::uint32_t kFin = 0x01;
constexpr std::uint32_t kSyn = 0x02;
constexpr std::uint32_t kRst = 0x04;
constexpr std::uint32_t kAck = 0x10;

PacketFilter DhcpRequest() {
  PacketFilter filter;
  filter.IsIpv4(IPPROTO_UDP);
  filter.Load(BPF_H | BPF_IND, kSourcePort).Is(68);
  filter.Load(BPF_H | BPF_IND, kDestinationPort).Is(67);
  return filter;
}

PacketFilter FromSshPort(const std::string& address, std::uint16_t port) {
  in_addr source{};
  if (inet_pton(AF_INET, address.c_str(), &source) != 1)
    throw std::runtime_error("'" + address + "' is not an IPv4 address");
  PacketFilter filter;
  filter.IsIpv4(IPPROTO_TCP);
  filter.Load(BPF_W | BPF_ABS, PacketFilter::kSource).Is(ntohl(source.s_addr));
  filter.Load(BPF_H | BPF_IND, kSourcePort).Is(port);
  return filter;
}

PacketFilter Reset(PacketFilter filter) {
  filter.Load(BPF_B | BPF_IND, kTcpFlags).HasAny(kRst);
  return filter;
}

PacketFilter SynAck(PacketFilter filter) {
  filter.Load(BPF_B | BPF_IND, kTcpFlags);
  filter.Add(BPF_ALU | BPF_AND | BPF_K, kSyn | kAck | kRst | kFin).Is(kSyn | kAck);
  return filter;
}

PacketFilter Banner(PacketFilter filter) {
  filter.Load(BPF_B | BPF_IND, kTcpHeaderSize);
  filter.Add(BPF_ALU | BPF_AND | BPF_K, 0xf0).Add(BPF_ALU | BPF_RSH | BPF_K, 2);
  filter.Add(BPF_ALU | BPF_ADD | BPF_X, 0).Add(BPF_MISC | BPF_TAX, 0);
  filter.Load(BPF_W | BPF_IND, PacketFilter::kIpv4).Is(0x5353482d);  // "SSH-"
  return filter;
}

OwnedFd OpenPacketSocket(unsigned device, PacketFilter filter) {
  // Protocol 0 receives nothing, until bind() below: no packet passes before the filter is there.
  OwnedFd fd(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) throw std::system_error(errno, std::generic_category(), "cannot make a packet socket");
  filter.Attach(fd.get());
  const int on = 1;
  const int small = 4096;  // room for a few packets; only the first counts
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  sockaddr_ll place{};
  place.sll_family = AF_PACKET;
  place.sll_protocol = htons(ETH_P_ALL);
  place.sll_ifindex = static_cast<int>(device);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot watch a tap device");
  return fd;
}

}  // namespace

TapCapture::TapCapture(event_base* base, BackgroundWorker* closer, const std::string& device,
                       const std::string& private_address, std::uint16_t ssh_port,
                       GuestLink::Events events)
    : closer_(closer) {
  const unsigned index = if_nametoindex(device.c_str());
  if (index == 0) throw std::system_error(errno, std::generic_category(), "cannot find " + device);
  const PacketFilter from_ssh_port = FromSshPort(private_address, ssh_port);
  const auto wait_for = [&](Kind kind, const PacketFilter& filter, auto on_packet) {
    Waiting& waiting = waiting_[kind];
    waiting.socket = OpenPacketSocket(index, filter);
    waiting.watch = std::make_unique<FdWatch>(base, waiting.socket.get(), [this] { Look(); });
    waiting.watch->Want(true, false);
    waiting.on_packet = std::move(on_packet);
  };
  wait_for(kDhcp, DhcpRequest(), std::move(events.on_dhcp));
  wait_for(kReset, Reset(from_ssh_port), std::move(events.on_reset));
  wait_for(kSynAck, SynAck(from_ssh_port), std::move(events.on_syn_ack));
  wait_for(kBanner, Banner(from_ssh_port), std::move(events.on_banner));
}

TapCapture::~TapCapture() {
  *alive_ = false;
  // The kernel takes about 15 ms to close each, in which the event loop would stand still.
  const auto sockets = std::make_shared<std::vector<OwnedFd>>();
  for (Waiting& waiting : waiting_) {
    waiting.watch.reset();
    sockets->push_back(std::move(waiting.socket));
  }
  closer_->Run([sockets](const std::stop_token&) { sockets->clear(); }, [](const std::string&) {});
}

void TapCapture::Look() {
  struct Seen {
    Clock::time_point at;
    std::function<void(Clock::time_point)> on_packet;
  };
  std::vector<Seen> seen;
  // The SYN-ACK first: a reset after it says nothing about whether the port is open.
  for (const Kind kind : {kSynAck, kReset, kBanner, kDhcp}) {
    const std::optional<Clock::time_point> at = Take(kind);
    if (!at) continue;
    const bool late = kind == kReset && !seen.empty() && *at > seen.front().at;
    if (!late) seen.push_back({*at, waiting_[kind].on_packet});
    Stop(kind);
  }
  if (!waiting_[kSynAck].watch) Stop(kReset);
  std::stable_sort(seen.begin(), seen.end(),
                   [](const Seen& a, const Seen& b) { return a.at < b.at; });
  const std::shared_ptr<bool> alive = alive_;
  for (const Seen& event : seen) {
    if (event.on_packet) event.on_packet(event.at);
    if (!*alive) return;
  }
}

std::optional<Clock::time_point> TapCapture::Take(Kind kind) {
  const Waiting& waiting = waiting_[kind];
  if (!waiting.watch) return std::nullopt;
  char byte = 0;
  iovec bytes{&byte, sizeof byte};
  union {
    cmsghdr header;
    char space[CMSG_SPACE(sizeof(timespec))];
  } control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  if (recvmsg(waiting.socket.get(), &message, MSG_DONTWAIT) < 0) {
    // The device is gone, with all that could be seen.
    if (errno != EAGAIN && errno != EINTR) Stop(kind);
    return std::nullopt;
  }
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    return MonotonicOf(std::chrono::seconds(stamp.tv_sec) +
                       std::chrono::nanoseconds(stamp.tv_nsec));
  }
  return Clock::now();
}

void TapCapture::Stop(Kind kind) {
  if (!waiting_[kind].watch) return;
  waiting_[kind].watch.reset();
  sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog filter{1, &nothing};
  setsockopt(waiting_[kind].socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace localcloud
