#include "aws/tasks/tasks.h"

#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "aws/tasks/condition.h"

#ifndef TASKS_ARE_THREADS
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/fss.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/protected_fixedsize_stack.hpp>
#endif

namespace aws {

#ifdef TASKS_ARE_THREADS

class Tasks::Impl {
 public:
  explicit Impl(int /*threads*/) {}
  void Start(std::function<void()> run) { threads_.emplace_back(std::move(run)); }

 private:
  std::vector<std::jthread> threads_;
};

namespace {
thread_local void* pointer_of_this_thread = nullptr;  // there is one TaskPointer
}

struct TaskPointer::Impl {};
void* TaskPointer::Get() const { return pointer_of_this_thread; }
void TaskPointer::Set(void* pointer) { pointer_of_this_thread = pointer; }

#else

namespace {

// The deepest chain of calls, a signed API call with an XML answer, needs some 30 KiB. Only what is
// used takes memory. A page that cannot be written follows.
constexpr std::size_t kStack = 256 << 10;

// Tasks that run in one thread.
class OneThread {
 public:
  // Called in that thread. Throws std::bad_alloc or boost's std::system_error.
  void Begin(const std::function<void()>& run) {
    boost::fibers::fiber task(boost::fibers::launch::post, std::allocator_arg,
                              boost::fibers::protected_fixedsize_stack(kStack),
                              [state = state_, work = run]() mutable {
                                work();
                                work = nullptr;
                                const std::lock_guard lock(state->mutex);
                                --state->running;
                                state->changed.NotifyAll();
                              });
    {
      const std::lock_guard lock(state_->mutex);
      ++state_->running;  // it runs once this thread waits, not before
    }
    task.detach();
  }

  // Called in that thread. Blocks until all have ended.
  void AwaitAll() {
    std::unique_lock lock(state_->mutex);
    state_->changed.Wait(lock, [this] { return state_->running == 0; });
  }

  // Called in any thread.
  void Hand(std::function<void()> run) {
    const std::lock_guard lock(state_->mutex);
    state_->handed.push_back(std::move(run));
    state_->changed.NotifyAll();
  }

  // Called in any thread: no more will be handed.
  void Close() {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    state_->changed.NotifyAll();
  }

  // Begins what is handed, until Close().
  void Serve() {
    std::unique_lock lock(state_->mutex);
    for (;;) {
      state_->changed.Wait(lock, [this] { return !state_->handed.empty() || state_->closed; });
      if (state_->handed.empty()) return;
      const std::function<void()> run = std::move(state_->handed.front());
      state_->handed.pop_front();
      lock.unlock();
      try {
        Begin(run);
      } catch (const std::exception&) {
        run();  // no memory for a stack: on this thread's own, and what is handed later waits
      }
      lock.lock();
    }
  }

 private:
  struct State {
    std::mutex mutex;
    Condition changed;
    int running = 0;
    std::deque<std::function<void()> > handed;
    bool closed = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace

class Tasks::Impl {
 public:
  explicit Impl(int threads) : workers_(static_cast<std::size_t>(threads)) {
    try {
      for (OneThread& worker : workers_) {
        threads_.emplace_back([&worker] {
          worker.Serve();
          worker.AwaitAll();
        });
      }
    } catch (const std::system_error&) {
      Close();
      throw;
    }
  }

  ~Impl() {
    own_.AwaitAll();
    Close();
  }

  void Start(std::function<void()> run) {
    if (workers_.empty()) {
      own_.Begin(run);
    } else {
      workers_[next_++ % workers_.size()].Hand(std::move(run));
    }
  }

 private:
  void Close() {
    for (OneThread& worker : workers_) worker.Close();
  }

  OneThread own_;
  std::vector<OneThread> workers_;
  std::size_t next_ = 0;
  std::vector<std::jthread> threads_;  // the last member: joins before the others are destroyed
};

struct TaskPointer::Impl {
  boost::fibers::fiber_specific_ptr<char> own{[](char*) {}};
};
void* TaskPointer::Get() const { return impl_->own.get(); }
void TaskPointer::Set(void* pointer) { impl_->own.reset(static_cast<char*>(pointer)); }

#endif

Tasks::Tasks() : Tasks(0) {}

Tasks::Tasks(int threads) : impl_(std::make_unique<Impl>(threads)) {}

Tasks::~Tasks() = default;

void Tasks::Start(std::function<void()> run) { impl_->Start(std::move(run)); }

void InThread(const std::function<void()>& work) {
  std::mutex mutex;
  Condition ended;
  bool is_done = false;
  std::exception_ptr error;
  std::jthread thread;
  try {
    thread = std::jthread([&] {
      std::exception_ptr thrown;
      try {
        work();
      } catch (...) {
        thrown = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      error = std::move(thrown);
      is_done = true;
      ended.NotifyAll();
    });
  } catch (const std::system_error&) {
    work();  // there are too many threads
    return;
  }
  {
    std::unique_lock lock(mutex);
    ended.Wait(lock, [&] { return is_done; });
  }
  if (error) std::rethrow_exception(error);
}

TaskPointer::TaskPointer() : impl_(std::make_unique<Impl>()) {}

TaskPointer::~TaskPointer() = default;

}  // namespace aws
