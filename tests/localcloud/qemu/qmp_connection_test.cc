#include "localcloud/qemu/qmp_connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "localcloud/loop/pipe.h"
#include "tests/localcloud/test_loop.h"

namespace localcloud {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr char kGreeting[] = R"({"QMP": {"version": {}, "capabilities": ["oob"]}})";

// The test is QEMU: it holds the other end of the connection.
class QmpConnectionTest : public ::testing::Test {
 protected:
  QmpConnectionTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    qemu_ = OwnedFd(ends[0]);
    const timeval patience{60, 0};
    setsockopt(qemu_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connection_ = std::make_unique<QmpConnection>(
        loop_.base(), OwnedFd(ends[1]),
        QmpConnection::Handlers{[this](const QmpEvent& event) { events_.push_back(event); },
                                [this](const std::string& error) { ends_.push_back(error); }});
  }
  void Say(const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t n =
          send(qemu_.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0) sent += static_cast<std::size_t>(n);
      if (n < 0 && errno != EAGAIN) return;
      event_base_loop(loop_.base(), EVLOOP_NONBLOCK);
    }
  }
  // Returns the next message, and its descriptor if it has one.
  json Hear(OwnedFd* descriptor = nullptr) {
    for (std::size_t end; (end = heard_.find('\n')) == std::string::npos;) {
      char byte = 0;
      iovec to{&byte, 1};
      char control[CMSG_SPACE(sizeof(int))];
      msghdr message{};
      message.msg_iov = &to;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      event_base_loop(loop_.base(), EVLOOP_NONBLOCK);
      if (recvmsg(qemu_.get(), &message, MSG_CMSG_CLOEXEC) != 1) return nullptr;
      if (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
        OwnedFd received(fd);
        if (descriptor != nullptr) *descriptor = std::move(received);
      }
      heard_ += byte;
    }
    const json message = json::parse(heard_.substr(0, heard_.find('\n')));
    heard_.erase(0, heard_.find('\n') + 1);
    return message;
  }
  void Answer(const json& command) {
    Say(json{{"return", json::object()}, {"id", command.at("id")}}.dump() + "\r\n");
  }
  void Negotiate() {
    Say(std::string(kGreeting) + "\r\n");
    const json command = Hear();
    EXPECT_EQ(command.at("execute"), "qmp_capabilities");
    Answer(command);
  }
  static std::string Event(const std::string& name, std::chrono::system_clock::time_point at) {
    const auto since = at.time_since_epoch();
    const auto whole = std::chrono::floor<seconds>(since);
    const json stamp = {
        {"seconds", whole.count()},
        {"microseconds",
         std::chrono::duration_cast<std::chrono::microseconds>(since - whole).count()}};
    return json{{"event", name}, {"timestamp", stamp}}.dump() + "\r\n";
  }

  TestLoop loop_;
  OwnedFd qemu_;
  std::string heard_;
  std::unique_ptr<QmpConnection> connection_;
  std::vector<QmpEvent> events_;
  std::vector<std::string> ends_;
};

TEST_F(QmpConnectionTest, CommandsWaitForTheNegotiation) {
  std::string replied;
  connection_->Execute("cont", {{"a", 1}}, [&](const json& result, const std::string& error) {
    replied = result.dump() + error;
  });
  Negotiate();
  const json command = Hear();
  EXPECT_EQ(command.at("execute"), "cont");
  EXPECT_EQ(command.at("arguments"), json({{"a", 1}}));
  Say(json{{"return", {{"b", 2}}}, {"id", command.at("id")}}.dump() + "\n");
  loop_.RunUntil([&] { return !replied.empty(); });
  EXPECT_EQ(replied, R"({"b":2})");
}

TEST_F(QmpConnectionTest, RefusalHasQemusReason) {
  Negotiate();
  std::string refusal;
  connection_->Execute("stop", json::object(),
                       [&](const json&, const std::string& error) { refusal = error; });
  const json command = Hear();
  Say(json{{"error", {{"class", "GenericError"}, {"desc", "not\x1b[1m now"}}},
           {"id", command.at("id")}}
          .dump() +
      "\n");
  loop_.RunUntil([&] { return !refusal.empty(); });
  EXPECT_EQ(refusal, "not\\x1b[1m now");
}

TEST_F(QmpConnectionTest, DescriptorGoesWithItsCommand) {
  Negotiate();
  Pipe pipe = MakePipe();
  struct stat sent {};
  fstat(pipe.write_end.get(), &sent);
  connection_->Execute("stop");
  connection_->Execute("getfd", {{"fdname", "memory"}}, {}, std::move(pipe.write_end));
  OwnedFd descriptor;
  EXPECT_EQ(Hear(&descriptor).at("execute"), "stop");
  EXPECT_FALSE(descriptor);
  EXPECT_EQ(Hear(&descriptor).at("execute"), "getfd");
  ASSERT_TRUE(descriptor);
  struct stat received {};
  fstat(descriptor.get(), &received);
  EXPECT_EQ(received.st_ino, sent.st_ino);
}

TEST_F(QmpConnectionTest, EventsHaveQemusTime) {
  Negotiate();
  // The connection must be older than the event, whose time stamp has whole microseconds.
  const auto before = Clock::now() + std::chrono::microseconds(1);
  while (Clock::now() < before) {
  }
  const auto happened = Clock::now();
  const std::string event = Event("RESUME", std::chrono::system_clock::now());
  // Arrives late, and in pieces.
  const auto late = Clock::now() + std::chrono::milliseconds(50);
  loop_.RunUntil([&] { return Clock::now() >= late; });
  for (const char c : event) Say(std::string(1, c));
  loop_.RunUntil([&] { return !events_.empty(); });
  EXPECT_EQ(events_[0].name, "RESUME");
  EXPECT_GE(events_[0].at, happened - std::chrono::microseconds(2));
  EXPECT_LT(events_[0].at, late);
}

TEST_F(QmpConnectionTest, TimeNeitherRunsBackNorAhead) {
  const auto begin = Clock::now();
  Negotiate();
  const auto now = std::chrono::system_clock::now();
  Say(Event("FIRST", now + seconds(1000)) + Event("SECOND", now - seconds(1000)) +
      R"({"event": "THIRD", "timestamp": {"seconds": -1, "microseconds": "x"}})" + "\n" +
      R"({"event": "FOURTH", "timestamp": {"seconds": 9223372036854775807, "microseconds": 0}})" +
      "\n" + R"({"event": "FIFTH", "data": 7})" + "\n");
  loop_.RunUntil([&] { return events_.size() == 5; });
  auto latest = begin;
  for (const QmpEvent& event : events_) {
    EXPECT_GE(event.at, latest) << event.name;
    EXPECT_LE(event.at, Clock::now()) << event.name;
    latest = event.at;
  }
}

TEST_F(QmpConnectionTest, EndIsReportedOnceAfterWhatCameBefore) {
  Negotiate();
  Say(Event("SHUTDOWN", std::chrono::system_clock::now()));
  qemu_.Close();
  connection_->Drain();
  EXPECT_EQ(events_.size(), 1U);
  EXPECT_EQ(ends_, std::vector<std::string>{""});
  connection_->Drain();
  connection_->Execute("cont");
  EXPECT_EQ(ends_.size(), 1U);
}

TEST_F(QmpConnectionTest, OtherLanguagesEndIt) {
  Say("hello\n");
  loop_.RunUntil([&] { return !ends_.empty(); });
  EXPECT_EQ(ends_[0], "QEMU's monitor does not speak QMP: hello");
}

TEST_F(QmpConnectionTest, MessageWithoutEndEndsIt) {
  Say(std::string(2 * QmpConnection::kLongestMessage, 'x'));
  loop_.RunUntil([&] { return !ends_.empty(); });
  EXPECT_EQ(ends_[0], "QEMU's monitor sent a message without end");
}

TEST_F(QmpConnectionTest, MayBeDestroyedInACallback) {
  Negotiate();
  bool replied = false;
  connection_->Execute("stop", json::object(), [&](const json&, const std::string&) {
    replied = true;
    connection_.reset();
  });
  const json command = Hear();
  Say(json{{"return", json::object()}, {"id", command.at("id")}}.dump() + "\n" +
      Event("STOP", std::chrono::system_clock::now()));
  loop_.RunUntil([&] { return replied; });
  EXPECT_TRUE(events_.empty());
}

}  // namespace
}  // namespace localcloud
