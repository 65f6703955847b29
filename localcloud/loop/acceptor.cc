#include "localcloud/loop/acceptor.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

namespace localcloud {

bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

void ReportShortage(int error) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds kBetweenReports{10};
  static Clock::time_point next;
  const Clock::time_point now = Clock::now();
  if (now < next) return;
  next = now + kBetweenReports;
  std::string what_to_do;
  rlimit limit{};
  if (error == EMFILE && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    what_to_do = " (this process may have " + std::to_string(limit.rlim_cur) +
                 "; raise it with ulimit -n, or run fewer instances at a time)";
  }
  std::fprintf(stderr, "localcloud: new connections wait: %s%s\n", std::strerror(error),
               what_to_do.c_str());
}

Acceptor::Acceptor(event_base* base, int listener, std::function<void(OwnedFd)> on_connection)
    : listener_(listener),
      on_connection_(std::move(on_connection)),
      watch_(base, listener, [this] { Accept(); }),
      timers_(base) {
  watch_.Want(true, false);
}

void Acceptor::Take(bool wanted) {
  wanted_ = wanted;
  watch_.Want(wanted, false);
}

void Acceptor::Accept() {
  OwnedFd connection(accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (connection) {
    // A copy, because the callback may destroy this object.
    const auto on_connection = on_connection_;
    return on_connection(std::move(connection));
  }
  if (!IsShortage(errno)) return;
  ReportShortage(errno);
  watch_.Want(false, false);
  timers_.After(kShortagePause, [this] { watch_.Want(wanted_, false); });
}

}  // namespace localcloud
