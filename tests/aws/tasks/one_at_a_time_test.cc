#include "aws/tasks/one_at_a_time.h"

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>

#include "aws/tasks/future.h"
#include "aws/tasks/tasks.h"

namespace aws {
namespace {

// Tasks of one thread: a mutex held across the work would stop them for ever.
TEST(OneAtATime, OthersWaitForTheEndOfTheWork) {
  std::mutex mutex;
  OneAtATime work;
  Promise<bool> may_end;
  Future<bool> end = may_end.get_future();
  bool is_done = false;
  bool seen = false;
  {
    Tasks tasks(1);
    tasks.Start([&] {
      std::unique_lock lock(mutex);
      work.Run(lock, [&] { end.get(); });
      is_done = true;
    });
    tasks.Start([&] {
      may_end.set_value(true);
      std::unique_lock lock(mutex);
      work.AwaitEnd(lock);
      seen = is_done;
    });
  }
  EXPECT_TRUE(seen);
}

TEST(OneAtATime, ThrowsWhatTheWorkThrowsWithTheLockHeld) {
  std::mutex mutex;
  OneAtATime work;
  std::unique_lock lock(mutex);
  EXPECT_THROW(work.Run(lock, [] { throw std::runtime_error("work"); }), std::runtime_error);
  EXPECT_TRUE(lock.owns_lock());
  work.AwaitEnd(lock);  // nothing is under way
}

}  // namespace
}  // namespace aws
