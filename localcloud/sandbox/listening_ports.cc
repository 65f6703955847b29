#include "localcloud/sandbox/listening_ports.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace localcloud {
namespace {

constexpr int kListen = 10;  // TCP_LISTEN; no kernel header exports it

[[noreturn]] void Fail(int error) {
  throw std::runtime_error(std::string("cannot ask for a guest's ports: ") + std::strerror(error));
}

void Ask(int socket, std::uint8_t family) {
  struct {
    nlmsghdr header{};
    inet_diag_req_v2 body{};
  } request;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = 1U << kListen;
  if (send(socket, &request, sizeof request, MSG_NOSIGNAL) < 0) Fail(errno);
}

// Returns true if the listener is on one of `addresses` or on all addresses.
bool Reaches(const inet_diag_msg& listener, const std::vector<std::string>& addresses) {
  const __be32* const words = listener.id.idiag_src;
  const bool everywhere =
      words[0] == 0 && (listener.idiag_family == AF_INET || (words[1] | words[2] | words[3]) == 0);
  if (everywhere) return true;
  if (listener.idiag_family != AF_INET) return false;
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, words, text, sizeof text);
  return std::find(addresses.begin(), addresses.end(), text) != addresses.end();
}

// Reads until the end of the dump. The kernel prepares the answers while it is asked, so this does
// not wait.
void ReadAnswers(int socket, const std::vector<std::string>& addresses,
                 std::set<std::uint16_t>* ports) {
  alignas(nlmsghdr) char buffer[16384];
  for (;;) {
    const ssize_t size = recv(socket, buffer, sizeof buffer, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) Fail(size < 0 ? errno : EPIPE);
    auto left = static_cast<unsigned>(size);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return;
      if (message->nlmsg_type == NLMSG_ERROR) {
        Fail(-static_cast<nlmsgerr*>(NLMSG_DATA(message))->error);
      }
      const auto* const listener = static_cast<inet_diag_msg*>(NLMSG_DATA(message));
      if (Reaches(*listener, addresses)) ports->insert(ntohs(listener->id.idiag_sport));
    }
  }
}

}  // namespace

std::set<std::uint16_t> ListeningPorts(int socket, const std::vector<std::string>& addresses) {
  std::set<std::uint16_t> ports;
  for (const std::uint8_t family : {AF_INET, AF_INET6}) {
    Ask(socket, family);
    ReadAnswers(socket, addresses, &ports);
  }
  return ports;
}

}  // namespace localcloud
