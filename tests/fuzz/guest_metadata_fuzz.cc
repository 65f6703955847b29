// Feeds arbitrary bytes, as what a guest sends, to its metadata service. Every connection ends;
// nothing is told without a token, and nothing from outside the guest's own directory. The
// connection is a Unix socket, which uses up no ports. "TOKEN" in the input stands for a valid
// token. Run by scripts/fuzz.
#include <event2/event.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "localcloud/guest/guest_metadata.h"
#include "localcloud/loop/owned_fd.h"

namespace {

constexpr char kInside[] = "i-0123456789abcdef0";
constexpr char kOutside[] = "of the host";

void Require(bool condition) {
  if (!condition) std::abort();
}

// Removed when the fuzzer ends by itself.
class Tree {
 public:
  Tree() : root_("/tmp/guest_metadata_fuzz." + std::to_string(getpid())) {
    namespace fs = std::filesystem;
    fs::create_directories(guest() + "/meta-data/placement");
    fs::create_directories(guest() + "/dynamic/instance-identity");
    std::ofstream(root_ + "/secret") << kOutside;
    std::ofstream(guest() + "/meta-data/instance-id") << kInside;
    std::ofstream(guest() + "/meta-data/placement/region") << kInside;
    std::ofstream(guest() + "/dynamic/instance-identity/document") << kInside;
    std::ofstream(guest() + "/user-data") << kInside;
    fs::create_symlink(root_ + "/secret", guest() + "/meta-data/absolute");
    fs::create_symlink("../../secret", guest() + "/meta-data/relative");
    fs::create_symlink("..", guest() + "/meta-data/up");
  }
  ~Tree() { std::filesystem::remove_all(root_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  std::string guest() const { return root_ + "/guest"; }

 private:
  std::string root_;
};

sockaddr_un Address(socklen_t* size) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // Abstract: no file.
  const std::string name = "guest_metadata_fuzz." + std::to_string(getpid());
  name.copy(address.sun_path + 1, name.size());
  *size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

localcloud::OwnedFd Listen() {
  socklen_t size = 0;
  const sockaddr_un address = Address(&size);
  localcloud::OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  Require(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  Require(listen(fd.get(), 8) == 0);
  return fd;
}

// Sends all of `input` and returns the whole answer.
std::string Exchange(event_base* base, std::string_view input) {
  socklen_t size = 0;
  const sockaddr_un address = Address(&size);
  const localcloud::OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Require(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  std::string answer;
  // The service closes when the client's half has ended: this ends, or the fuzzer's time-out says
  // so.
  for (bool ended = false, told = false; !ended;) {
    if (!input.empty()) {
      const ssize_t n = send(fd.get(), input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN) input = {};  // refused
      if (n > 0) input.remove_prefix(static_cast<std::size_t>(n));
    } else if (!told) {
      shutdown(fd.get(), SHUT_WR);
      told = true;
    }
    event_base_loop(base, EVLOOP_NONBLOCK);
    char chunk[65536];
    const ssize_t n = recv(fd.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (n > 0) answer.append(chunk, static_cast<std::size_t>(n));
    ended = n == 0 || (n < 0 && errno != EAGAIN);
  }
  event_base_loop(base, EVLOOP_NONBLOCK);
  return answer;
}

std::string NewToken(event_base* base) {
  const std::string answer =
      Exchange(base,
               "PUT /latest/api/token HTTP/1.1\r\nHost: 169.254.169.254\r\nContent-Length: 0\r\n"
               "X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\r\n");
  const std::size_t head = answer.find("\r\n\r\n");
  Require(answer.starts_with("HTTP/1.1 200") && head != std::string::npos);
  return answer.substr(head + 4);
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Tree tree;
  static event_base* const base = event_base_new();
  // A new service each, so that an input does the same whatever came before it.
  localcloud::GuestMetadata service(base, Listen(), tree.guest());
  const std::string token = NewToken(base);
  std::string input(reinterpret_cast<const char*>(data), size);
  const bool has_token = Contains(input, "TOKEN");
  for (std::size_t at = 0; (at = input.find("TOKEN", at)) != std::string::npos; at += token.size())
    input.replace(at, 5, token);
  const std::string answer = Exchange(base, input);
  Require(!Contains(answer, kOutside));
  if (!has_token) Require(!Contains(answer, kInside) && !Contains(answer, token));
  return 0;
}
