#include "localcloud/loop/delayed_relay.h"

#include <sys/socket.h>

#include <cerrno>
#include <deque>
#include <string>
#include <utility>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/timers.h"

namespace localcloud {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kChunk = 65536;
constexpr std::size_t kMostUnderWay = 4'194'304;

}  // namespace

class DelayedRelay::Direction {
 public:
  Direction(event_base* base, std::chrono::nanoseconds one_way, int from, int to,
            std::function<void()> on_end)
      : from_(from),
        to_(to),
        one_way_(one_way),
        on_end_(std::move(on_end)),
        timers_(base),
        readable_(base, from, [this] { Read(); }),
        writable_(base, to, [this] { Deliver(); }) {
    readable_.Want(true, false);
  }

  bool ended() const { return ended_; }
  bool broken() const { return broken_; }

 private:
  struct Parcel {
    Clock::time_point due;
    std::string bytes;  // empty: the end of the stream
  };
  // Memory per parcel besides its bytes, so that many small parcels are limited too.
  static constexpr std::size_t kOverhead = sizeof(Parcel) + 32;

  void Read() {
    char chunk[kChunk];
    const ssize_t n = recv(from_, chunk, sizeof chunk, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    // A broken connection is relayed as an end of stream: bytes sent before it still arrive.
    std::string bytes(chunk, n > 0 ? static_cast<std::size_t>(n) : 0);
    under_way_ += bytes.size() + kOverhead;
    reading_ended_ = bytes.empty();
    parcels_.push_back({Clock::now() + one_way_, std::move(bytes)});
    if (parcels_.size() == 1) WaitForFirst();
    readable_.Want(!reading_ended_ && under_way_ < kMostUnderWay, false);
  }

  void WaitForFirst() {
    timers_.After(parcels_.front().due - Clock::now(), [this] { Deliver(); });
  }

  void Deliver() {
    while (!parcels_.empty() && parcels_.front().due <= Clock::now()) {
      Parcel& first = parcels_.front();
      if (first.bytes.empty()) {
        shutdown(to_, SHUT_WR);
        return End(false);
      }
      const ssize_t n = send(to_, first.bytes.data(), first.bytes.size(), MSG_NOSIGNAL);
      if (n < 0 && errno != EAGAIN && errno != EINTR) return End(true);
      const std::size_t sent = n < 0 ? 0 : static_cast<std::size_t>(n);
      under_way_ -= sent;
      first.bytes.erase(0, sent);
      if (!first.bytes.empty()) {
        writable_.Want(false, true);
        return;
      }
      under_way_ -= kOverhead;
      parcels_.pop_front();
    }
    writable_.Want(false, false);
    readable_.Want(!reading_ended_ && under_way_ < kMostUnderWay, false);
    if (!parcels_.empty()) WaitForFirst();
  }

  void End(bool broken) {
    parcels_.clear();
    readable_.Want(false, false);
    writable_.Want(false, false);
    ended_ = true;
    broken_ = broken;
    // A copy, because the callback may destroy this object.
    const std::function<void()> on_end = on_end_;
    on_end();
  }

  int from_;
  int to_;
  std::chrono::nanoseconds one_way_;
  std::function<void()> on_end_;
  Timers timers_;
  FdWatch readable_;
  FdWatch writable_;
  std::deque<Parcel> parcels_;
  std::size_t under_way_ = 0;
  bool reading_ended_ = false;
  bool ended_ = false;
  bool broken_ = false;
};

DelayedRelay::DelayedRelay(event_base* base, std::chrono::nanoseconds one_way, OwnedFd client,
                           OwnedFd server, std::function<void()> on_end)
    : client_(std::move(client)), server_(std::move(server)), on_end_(std::move(on_end)) {
  const auto ended = [this] { OnDirectionEnd(); };
  up_ = std::make_unique<Direction>(base, one_way, client_.get(), server_.get(), ended);
  down_ = std::make_unique<Direction>(base, one_way, server_.get(), client_.get(), ended);
}

DelayedRelay::~DelayedRelay() = default;

void DelayedRelay::OnDirectionEnd() {
  if ((up_->ended() && down_->ended()) || up_->broken() || down_->broken()) {
    const std::function<void()> on_end = on_end_;
    on_end();
  }
}

}  // namespace localcloud
