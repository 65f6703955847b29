#include "aws/curl_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aws/unique_fd.h"

namespace aws {
namespace {

// Idle connections beyond this are closed, the oldest first. More than launches may be in flight.
constexpr long kMostKept = 4096;

void ThrowSystemError(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

class CurlLoop::Impl {
 public:
  Impl() {
    // Never cleaned up: other users of libcurl in the process may outlive us.
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
      throw std::runtime_error("libcurl cannot be initialised");
    multi_ = curl_multi_init();
    if (multi_ == nullptr) throw std::bad_alloc();
    epoll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    if (!epoll_) ThrowSystemError("epoll_create1");
    wake_up_ = UniqueFd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wake_up_) ThrowSystemError("eventfd");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wake_up_.get();
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_up_.get(), &event) != 0)
      ThrowSystemError("epoll_ctl");
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMostKept);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Impl::OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Impl::OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  }

  ~Impl() {
    thread_.request_stop();
    Wake();
    thread_ = std::jthread();
    TakeOrders();
    while (!exchanges_.empty())
      End(exchanges_.begin()->first, CURLE_ABORTED_BY_CALLBACK, Clock::now());
    curl_multi_cleanup(multi_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::uint64_t NewNumber() { return ++last_number_; }

  void Start(std::vector<Exchange> exchanges) {
    {
      const std::lock_guard lock(mutex_);
      for (Exchange& exchange : exchanges) {
        const std::uint64_t number = exchange.number;
        orders_.push_back({number, std::move(exchange)});
      }
    }
    Wake();
  }

  void Cancel(std::uint64_t number) {
    {
      const std::lock_guard lock(mutex_);
      orders_.push_back({number, std::nullopt});
    }
    Wake();
  }

 private:
  struct Order {
    std::uint64_t number;
    std::optional<Exchange> start;  // unset: cancel
  };

  void Wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_up_.get(), &one, sizeof one);
  }

  // libcurl says which sockets it waits for, and for what.
  static int OnSocket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
    auto* const loop = static_cast<Impl*>(self);
    const int epoll = loop->epoll_.get();
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);
      return 0;
    }
    // If epoll fails, the exchange ends with its timeout. To libcurl a failure here means that the
    // whole multi handle is dead.
    epoll_event event{};
    event.data.fd = socket;
    if (what != CURL_POLL_OUT) event.events |= EPOLLIN;
    if (what != CURL_POLL_IN) event.events |= EPOLLOUT;
    if (known == nullptr) {
      curl_multi_assign(loop->multi_, socket, self);  // any value but null: is in epoll from now on
      if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0) return 0;
    }
    epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event);
    return 0;
  }

  static int OnTimer(CURLM*, long milliseconds, void* self) {
    auto* const loop = static_cast<Impl*>(self);
    loop->due_.reset();
    if (milliseconds >= 0) loop->due_ = Clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      Wait();
      if (due_ && Clock::now() >= *due_) {
        due_.reset();
        Act(CURL_SOCKET_TIMEOUT, 0);
      }
      TakeOrders();
    }
  }

  void Wait() {
    int milliseconds = -1;
    if (due_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due_ - Clock::now()).count();
      milliseconds = static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
    }
    std::array<epoll_event, 64> events{};
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), milliseconds);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == wake_up_.get()) {
        std::uint64_t wakes = 0;
        [[maybe_unused]] const auto read = ::read(wake_up_.get(), &wakes, sizeof wakes);
        continue;
      }
      int what = 0;
      if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
      if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
      if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
      Act(event.data.fd, what);
    }
  }

  void Act(curl_socket_t socket, int what) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, what, &running);
    EndFinished(Clock::now());
  }

  void TakeOrders() {
    std::vector<Order> orders;
    {
      const std::lock_guard lock(mutex_);
      orders.swap(orders_);
    }
    for (Order& order : orders) {
      if (!order.start) {
        End(order.number, CURLE_ABORTED_BY_CALLBACK, Clock::now());
        continue;
      }
      CURL* const easy = order.start->easy;
      curl_easy_setopt(easy, CURLOPT_PRIVATE, reinterpret_cast<char*>(order.number));
      exchanges_.emplace(order.number, std::move(*order.start));
      if (curl_multi_add_handle(multi_, easy) != CURLM_OK)
        End(order.number, CURLE_FAILED_INIT, Clock::now());
    }
  }

  void EndFinished(Clock::time_point now) {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode result = message->data.result;
      char* number = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &number);
      End(reinterpret_cast<std::uint64_t>(number), result, now);
    }
  }

  void End(std::uint64_t number, CURLcode result, Clock::time_point now) {
    const auto found = exchanges_.find(number);
    if (found == exchanges_.end()) return;  // a stop came after the end
    const Exchange exchange = std::move(found->second);
    exchanges_.erase(found);
    curl_multi_remove_handle(multi_, exchange.easy);  // closes the connection of an unfinished one
    exchange.on_end(result, now);
  }

  CURLM* multi_ = nullptr;
  UniqueFd epoll_;
  UniqueFd wake_up_;

  std::atomic<std::uint64_t> last_number_{0};
  std::mutex mutex_;
  std::vector<Order> orders_;  // mutex_ guards it

  // Used by the thread only.
  std::unordered_map<std::uint64_t, Exchange> exchanges_;
  std::optional<Clock::time_point> due_;

  std::jthread thread_;  // the last member: it uses all of the above
};

CurlLoop::CurlLoop() : impl_(std::make_unique<Impl>()) {}
CurlLoop::~CurlLoop() = default;

CurlLoop& CurlLoop::Shared() {
  static CurlLoop loop;
  return loop;
}

CurlLoop& CurlLoop::SharedForFresh() {
  static CurlLoop loop;
  return loop;
}

std::uint64_t CurlLoop::NewNumber() { return impl_->NewNumber(); }

void CurlLoop::Start(std::vector<Exchange> exchanges) { impl_->Start(std::move(exchanges)); }

void CurlLoop::Cancel(std::uint64_t number) { impl_->Cancel(number); }

}  // namespace aws
