#include "localcloud/loop/delayed_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/localcloud/machine_harness.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;

class DelayedRelayTest : public ::testing::Test {
 protected:
  ~DelayedRelayTest() override {
    loop_.Do([this] { relay_.reset(); });
  }
  void Start(std::chrono::nanoseconds one_way) {
    int client[2];
    int server[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, server), 0);
    client_ = OwnedFd(client[0]);
    server_ = OwnedFd(server[0]);
    const timeval patience{60, 0};
    for (const OwnedFd* end : {&client_, &server_})
      setsockopt(end->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    fcntl(client[1], F_SETFL, O_NONBLOCK);
    fcntl(server[1], F_SETFL, O_NONBLOCK);
    loop_.Do([&] {
      relay_ = std::make_unique<DelayedRelay>(loop_.base(), one_way, OwnedFd(client[1]),
                                              OwnedFd(server[1]), [this] { ended_ = true; });
    });
  }
  // Reads to the end of the stream.
  static std::string ReadAll(const OwnedFd& fd) {
    std::string all;
    char chunk[65536];
    for (ssize_t n; (n = read(fd.get(), chunk, sizeof chunk)) > 0;)
      all.append(chunk, static_cast<std::size_t>(n));
    return all;
  }

  LoopThread loop_;
  std::unique_ptr<DelayedRelay> relay_;
  OwnedFd client_;
  OwnedFd server_;
  std::atomic<bool> ended_ = false;
};

TEST_F(DelayedRelayTest, BytesTakeTheirTimeEachWay) {
  Start(milliseconds(30));
  const Clock::time_point sent = Clock::now();
  ASSERT_EQ(write(client_.get(), "a", 1), 1);
  char byte = 0;
  ASSERT_EQ(read(server_.get(), &byte, 1), 1);
  EXPECT_GE(Clock::now() - sent, milliseconds(30));
  EXPECT_EQ(byte, 'a');
  const Clock::time_point back = Clock::now();
  ASSERT_EQ(write(server_.get(), "b", 1), 1);
  ASSERT_EQ(read(client_.get(), &byte, 1), 1);
  EXPECT_GE(Clock::now() - back, milliseconds(30));
}

// Four bytes go the other way, each when the one before has arrived. Ten that were sent before have
// arrived by then, unless they wait for each other.
TEST_F(DelayedRelayTest, WhatIsUnderWayDoesNotWaitForWhatCameBefore) {
  Start(milliseconds(100));
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(write(client_.get(), "x", 1), 1);
    loop_.Do([] {});  // so that each is read separately
  }
  char chunk[16];
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(write(server_.get(), "y", 1), 1);
    ASSERT_EQ(read(client_.get(), chunk, 1), 1);
  }
  EXPECT_EQ(recv(server_.get(), chunk, sizeof chunk, MSG_DONTWAIT), 10);
}

TEST_F(DelayedRelayTest, EndOfOneDirectionLeavesTheOtherOpen) {
  Start(milliseconds(5));
  ASSERT_EQ(write(client_.get(), "question", 8), 8);
  shutdown(client_.get(), SHUT_WR);
  EXPECT_EQ(ReadAll(server_), "question");
  EXPECT_FALSE(ended_);
  ASSERT_EQ(write(server_.get(), "answer", 6), 6);
  shutdown(server_.get(), SHUT_WR);
  EXPECT_EQ(ReadAll(client_), "answer");
  test_support::WaitUntil("the end", [&] { return ended_.load(); });
}

TEST_F(DelayedRelayTest, ManyBytesKeepTheirOrder) {
  Start(milliseconds(2));
  std::string all;
  for (int i = 0; all.size() < 20'000'000; ++i) all += std::to_string(i) + ",";
  std::thread writer([&] {
    for (std::size_t done = 0; done < all.size();) {
      const ssize_t n = write(client_.get(), all.data() + done, all.size() - done);
      if (n <= 0) break;
      done += static_cast<std::size_t>(n);
    }
    shutdown(client_.get(), SHUT_WR);
  });
  EXPECT_TRUE(ReadAll(server_) == all);
  writer.join();
}

TEST_F(DelayedRelayTest, BrokenConnectionEndsIt) {
  Start(milliseconds(2));
  server_.Close();
  test_support::WaitUntil("the end", [&] {
    send(client_.get(), "x", 1, MSG_NOSIGNAL);
    return ended_.load();
  });
}

}  // namespace
}  // namespace localcloud
