#include "aws/tasks/tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "aws/tasks/condition.h"
#include "aws/tasks/future.h"
#include "aws/tasks/sleep.h"

namespace aws {
namespace {

// Many may wait until one opens it.
class Gate {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.NotifyAll();
    changed_.Wait(lock, [this] { return open_; });
  }
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.Wait(lock, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  Condition changed_;
  bool open_ = false;
  int waiting_ = 0;
};

TEST(Tasks, ThousandsWaitAtOnceInAFewThreads) {
  constexpr int kTasks = 2000;
  Gate gate;
  std::mutex mutex;
  std::set<std::thread::id> threads;
  {
    Tasks tasks(2);
    for (int i = 0; i < kTasks; ++i) {
      tasks.Start([&] {
        gate.Pass();
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      });
    }
    gate.AwaitWaiting(kTasks);
    gate.Open();
  }
#ifndef TASKS_ARE_THREADS
  EXPECT_EQ(threads.size(), 2U);
#endif
}

TEST(Tasks, OfACallerRunWhileItWaits) {
  Gate gate;
  int passed = 0;
  std::mutex mutex;
  {
    Tasks tasks;
    for (int i = 0; i < 10; ++i) {
      tasks.Start([&] {
        gate.Pass();
        const std::lock_guard lock(mutex);
        ++passed;
      });
    }
    gate.AwaitWaiting(10);
    gate.Open();
  }
  EXPECT_EQ(passed, 10);
}

TEST(Tasks, StartTasksOfTheirOwn) {
  std::atomic<int> leaves{0};
  {
    Tasks tasks(2);
    for (int i = 0; i < 5; ++i) {
      tasks.Start([&] {
        Tasks inner;
        for (int j = 0; j < 5; ++j) {
          inner.Start([&] {
            SleepFor(std::chrono::milliseconds(1));
            ++leaves;
          });
        }
      });
    }
  }
  EXPECT_EQ(leaves, 25);
}

// Results come from another thread while tasks begin to wait for them.
TEST(Tasks, MissNoResult) {
  constexpr int kTasks = 500;
  constexpr int kRounds = 20;
  std::mutex mutex;
  Condition changed;
  std::vector<std::unique_ptr<Promise<int>>> asked;
  bool done = false;
  std::jthread teller([&] {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.Wait(lock, [&] { return !asked.empty() || done; });
      if (asked.empty()) return;
      auto batch = std::exchange(asked, {});
      lock.unlock();
      for (auto& promise : batch) promise->set_value(1);
      lock.lock();
    }
  });
  std::atomic<int> sum{0};
  {
    Tasks tasks(3);
    for (int i = 0; i < kTasks; ++i) {
      tasks.Start([&] {
        for (int round = 0; round < kRounds; ++round) {
          auto promise = std::make_unique<Promise<int>>();
          Future<int> answer = promise->get_future();
          {
            const std::lock_guard lock(mutex);
            asked.push_back(std::move(promise));
            changed.NotifyAll();
          }
          sum += answer.get();
        }
      });
    }
  }
  {
    const std::lock_guard lock(mutex);
    done = true;
    changed.NotifyAll();
  }
  EXPECT_EQ(sum, kTasks * kRounds);
}

// Tasks of one thread handle their exceptions in an order that no single function could.
TEST(Tasks, MayWaitWhileTheyHandleAnException) {
  std::array<Gate, 3> gates;
  std::array<std::string, 3> rethrown;
  {
    Tasks tasks(1);
    for (std::size_t i = 0; i < gates.size(); ++i) {
      tasks.Start([&, i] {
        try {
          try {
            throw std::runtime_error(std::to_string(i));
          } catch (const std::exception&) {
            EXPECT_EQ(std::uncaught_exceptions(), 0);
            gates[i].Pass();
            throw;
          }
        } catch (const std::exception& error) {
          rethrown[i] = error.what();
        }
      });
    }
    for (Gate& gate : gates) gate.AwaitWaiting(1);
    for (Gate& gate : gates) {  // the first to wait goes on first
      gate.Open();
    }
  }
  EXPECT_THAT(rethrown, testing::ElementsAre("0", "1", "2"));
}

struct WaitsInItsDestructor {
  Gate* gate;
  ~WaitsInItsDestructor() {
    EXPECT_EQ(std::uncaught_exceptions(), 1);
    gate->Pass();
    EXPECT_EQ(std::uncaught_exceptions(), 1);
  }
};

TEST(Tasks, MayWaitWhileAnExceptionUnwindsTheirStack) {
  Gate gate;
  std::atomic<int> caught{0};
  {
    Tasks tasks(1);
    for (int i = 0; i < 3; ++i) {
      tasks.Start([&] {
        try {
          const WaitsInItsDestructor waits{&gate};
          throw std::runtime_error("unwinds");
        } catch (const std::exception&) {
          ++caught;
        }
      });
    }
    gate.AwaitWaiting(3);
    gate.Open();
  }
  EXPECT_EQ(caught, 3);
}

TEST(InThread, ThrowsWhatTheWorkThrows) {
  EXPECT_THROW(InThread([] { throw std::invalid_argument("work"); }), std::invalid_argument);
}

// The work ends when another task of the same thread has gone on.
TEST(InThread, LetsTheOtherTasksGoOn) {
  std::promise<void> other;
  std::atomic<bool> done{false};
  {
    Tasks tasks(1);
    tasks.Start([&] {
      InThread([&] { other.get_future().wait(); });
      done = true;
    });
    tasks.Start([&] { other.set_value(); });
  }
  EXPECT_TRUE(done);
}

TEST(TaskPointer, BelongsToOneTask) {
  static TaskPointer& pointer = *new TaskPointer;
  int of_caller = 0;
  pointer.Set(&of_caller);
  Gate gate;
  {
    Tasks tasks(1);
    for (int i = 0; i < 3; ++i) {
      tasks.Start([&] {
        int own = 0;
        EXPECT_EQ(pointer.Get(), nullptr);
        pointer.Set(&own);
        gate.Pass();
        EXPECT_EQ(pointer.Get(), &own);
      });
    }
    gate.AwaitWaiting(3);
    gate.Open();
  }
  EXPECT_EQ(pointer.Get(), &of_caller);
  pointer.Set(nullptr);
}

}  // namespace
}  // namespace aws
