#include "aws/tasks/future.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aws {
namespace {

using std::chrono::milliseconds;

TEST(Future, GivesTheValueOfItsPromiseOnce) {
  Promise<std::string> promise;
  Future<std::string> future = promise.get_future();
  EXPECT_EQ(future.wait_for(milliseconds(0)), std::future_status::timeout);
  const std::jthread teller([&] { promise.set_value("told"); });
  EXPECT_EQ(future.get(), "told");
  EXPECT_FALSE(future.valid());
}

TEST(Future, ThrowsTheExceptionOfItsPromise) {
  Promise<int> promise;
  Future<int> future = promise.get_future();
  promise.set_exception(std::make_exception_ptr(std::runtime_error("no such thing")));
  EXPECT_EQ(future.wait_for(milliseconds(0)), std::future_status::ready);
  try {
    future.get();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "no such thing");
  }
}

TEST(Future, EndsIfItsPromiseIsGone) {
  Future<int> future;
  {
    Promise<int> promise;
    future = promise.get_future();
    const Promise<int> moved = std::move(promise);
    EXPECT_EQ(future.wait_for(milliseconds(0)), std::future_status::timeout);
  }
  EXPECT_THROW(future.get(), std::future_error);
}

TEST(Future, TakesOneResultOnly) {
  Promise<int> promise;
  Future<int> future = promise.get_future();
  promise.set_value(1);
  EXPECT_THROW(promise.set_value(2), std::future_error);
  EXPECT_EQ(future.get(), 1);
}

TEST(Future, CallsBackBeforeAndAfterTheResult) {
  Promise<int> promise;
  const Future<int> future = promise.get_future();
  int calls = 0;
  future.WhenReady([&] { calls += 1; });
  EXPECT_EQ(calls, 0);
  promise.set_value(1);
  EXPECT_EQ(calls, 1);
  future.WhenReady([&] { calls += 10; });
  EXPECT_EQ(calls, 11);
}

TEST(AnyReady, WaitsForOneMoreEachTime) {
  std::vector<Promise<int>> promises(3);
  std::vector<Future<int>> futures;
  AnyReady one;
  for (auto& promise : promises) {
    futures.push_back(promise.get_future());
    one.Add(futures.back());
  }
  std::atomic<int> told{0};
  const std::jthread teller([&] {
    for (auto& promise : promises) {
      ++told;
      promise.set_value(0);
    }
  });
  for (int seen = 1; seen <= 3; ++seen) {
    one.Wait();
    EXPECT_GE(told, seen);
  }
}

TEST(AnyReady, SeesWhatWasReadyBefore) {
  Promise<int> promise;
  const Future<int> future = promise.get_future();
  promise.set_value(1);
  AnyReady one;
  one.Add(future);
  one.Wait();
}

}  // namespace
}  // namespace aws
