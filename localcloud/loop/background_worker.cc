#include "localcloud/loop/background_worker.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace localcloud {

class BackgroundWorker::Impl {
 public:
  explicit Impl(event_base* base) : done_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (done_fd_ < 0) throw std::runtime_error("cannot make an eventfd");
    done_event_ = event_new(
        base, done_fd_, EV_READ | EV_PERSIST,
        [](int, short, void* self) { static_cast<Impl*>(self)->DeliverDone(); }, this);
    event_add(done_event_, nullptr);
    thread_ = std::jthread([this](const std::stop_token& stop) { WorkUntil(stop); });
  }

  ~Impl() {
    thread_.request_stop();
    thread_.join();
    event_free(done_event_);
    close(done_fd_);
  }

  void Run(BackgroundWorker::Work work, std::function<void(const std::string&)> done) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back({std::move(work), std::move(done)});
    }
    wake_.notify_one();
  }

 private:
  struct Job {
    BackgroundWorker::Work work;
    std::function<void(const std::string&)> done;
    std::string error = {};
  };

  void WorkUntil(const std::stop_token& stop) {
    for (;;) {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      if (stop.stop_requested()) return;
      Job job = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      try {
        job.work(stop);
      } catch (const std::exception& failure) {
        job.error = failure.what();
      }
      lock.lock();
      finished_.push_back(std::move(job));
      lock.unlock();
      const std::uint64_t one = 1;
      // The write cannot fail in a way that matters: if the counter were full, it would be readable
      // already.
      [[maybe_unused]] const ssize_t written = write(done_fd_, &one, sizeof(one));
    }
  }

  void DeliverDone() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = read(done_fd_, &count, sizeof(count));
    std::vector<Job> finished;
    {
      const std::lock_guard lock(mutex_);
      finished.swap(finished_);
    }
    for (const Job& job : finished) job.done(job.error);
  }

  int done_fd_;
  event* done_event_ = nullptr;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> queue_;      // guarded by mutex_
  std::vector<Job> finished_;  // guarded by mutex_
  std::jthread thread_;
};

BackgroundWorker::BackgroundWorker(event_base* base) : impl_(std::make_unique<Impl>(base)) {}
BackgroundWorker::~BackgroundWorker() = default;

void BackgroundWorker::Run(Work work, std::function<void(const std::string& error)> done) {
  impl_->Run(std::move(work), std::move(done));
}

}  // namespace localcloud
