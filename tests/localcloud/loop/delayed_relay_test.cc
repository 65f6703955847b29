#include "localcloud/loop/delayed_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/localcloud/machine_harness.h"

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

TEST_F(DelayedRelayTest, WhatIsUnderWayDoesNotWaitForWhatCameBefore) {
  Start(milliseconds(200));
  const Clock::time_point sent = Clock::now();
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(write(client_.get(), "x", 1), 1);
    std::this_thread::sleep_for(milliseconds(10));
  }
  std::string got;
  char chunk[16];
  while (got.size() < 10)
    got.append(chunk, static_cast<std::size_t>(read(server_.get(), chunk, sizeof chunk)));
  EXPECT_LT(Clock::now() - sent, milliseconds(1500)) << "ten in a row would take two seconds";
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
  for (int i = 0; i < 1000 && !ended_; ++i) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_TRUE(ended_);
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
  for (int i = 0; i < 1000 && !ended_; ++i) {
    send(client_.get(), "x", 1, MSG_NOSIGNAL);
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_TRUE(ended_);
}

}  // namespace
}  // namespace localcloud
