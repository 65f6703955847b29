// The result of something that another task or thread does.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <utility>
#include <variant>

#include "aws/tasks/condition.h"

namespace aws {

template <typename T>
class Promise;

// As std::future. If a task waits for it, the other tasks of its thread go on. Thread-safe is only
// the pair of a promise and its future.
template <typename T>
class Future {
 public:
  Future() = default;

  bool valid() const { return state_ != nullptr; }

  // REQUIRES for all of the following: valid().

  // Blocks until there is a result.
  void wait() const {
    std::unique_lock lock(state_->mutex);
    state_->changed.Wait(lock, [this] { return state_->IsReady(); });
  }

  std::future_status wait_until(std::chrono::steady_clock::time_point deadline) const {
    std::unique_lock lock(state_->mutex);
    const bool is_ready =
        state_->changed.WaitUntil(lock, deadline, [this] { return state_->IsReady(); });
    return is_ready ? std::future_status::ready : std::future_status::timeout;
  }

  template <typename Rep, typename Period>
  std::future_status wait_for(std::chrono::duration<Rep, Period> time) const {
    return wait_until(std::chrono::steady_clock::now() +
                      std::chrono::ceil<std::chrono::steady_clock::duration>(time));
  }

  // Blocks until there is a result. Returns it, or throws it if it is an exception. Afterwards the
  // future is no longer valid.
  T get() {
    wait();
    const std::shared_ptr<State> state = std::move(state_);
    if (auto* const error = std::get_if<std::exception_ptr>(&state->result))
      std::rethrow_exception(*error);
    return std::get<T>(std::move(state->result));
  }

  // Calls `then` once there is a result: at once, or in the thread that delivers it.
  void WhenReady(std::function<void()> then) const {
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->IsReady()) {
        state_->when_ready = std::move(then);
        return;
      }
    }
    then();
  }

 private:
  friend class Promise<T>;

  struct State {
    std::mutex mutex;
    Condition changed;
    std::variant<std::monostate, T, std::exception_ptr> result;
    std::function<void()> when_ready;

    bool IsReady() const { return result.index() != 0; }

    template <typename Result>
    void Set(Result&& value) {
      std::function<void()> then;
      {
        const std::lock_guard lock(mutex);
        if (IsReady()) throw std::future_error(std::future_errc::promise_already_satisfied);
        result = std::forward<Result>(value);
        then = std::move(when_ready);
        changed.NotifyAll();
      }
      if (then) then();
    }
  };

  explicit Future(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

// As std::promise.
template <typename T>
class Promise {
 public:
  Promise() : state_(std::make_shared<State>()) {}
  ~Promise() { Break(); }
  Promise(Promise&&) noexcept = default;
  Promise& operator=(Promise&& other) noexcept {
    Break();
    state_ = std::move(other.state_);
    return *this;
  }

  // REQUIRES: called at most once.
  Future<T> get_future() { return Future<T>(state_); }

  // The first of these two calls counts. A second one throws std::future_error.
  void set_value(T value) { state_->Set(std::move(value)); }
  void set_exception(std::exception_ptr error) { state_->Set(std::move(error)); }

 private:
  using State = typename Future<T>::State;

  void Break() {
    if (state_ == nullptr) return;
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->IsReady()) return;
    }
    state_->Set(std::make_exception_ptr(std::future_error(std::future_errc::broken_promise)));
  }

  std::shared_ptr<State> state_;
};

// Waits for the first of several futures.
class AnyReady {
 public:
  template <typename T>
  void Add(const Future<T>& future) {
    future.WhenReady([state = state_] {
      const std::lock_guard lock(state->mutex);
      ++state->ready;
      state->changed.NotifyAll();
    });
  }

  // Blocks until one more of the futures that were added is ready than after the last call.
  void Wait() {
    std::unique_lock lock(state_->mutex);
    state_->changed.Wait(lock, [this] { return state_->ready > seen_; });
    ++seen_;
  }

 private:
  struct State {
    std::mutex mutex;
    Condition changed;
    int ready = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  int seen_ = 0;
};

}  // namespace aws
