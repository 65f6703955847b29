#include "localcloud/qemu/qmp_connection.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "localcloud/loop/printable.h"
#include "localcloud/qemu/wall_clock.h"

namespace localcloud {
namespace {

using nlohmann::json;

std::int64_t IntegerOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : -1;
}

// QEMU's time stamp of an event on Clock.
std::optional<Clock::time_point> StampOf(const json& message) {
  const auto stamp = message.find("timestamp");
  if (stamp == message.end() || !stamp->is_object()) return std::nullopt;
  const std::chrono::seconds seconds(IntegerOf(*stamp, "seconds"));
  const std::chrono::microseconds rest(IntegerOf(*stamp, "microseconds"));
  constexpr std::chrono::seconds kLatest(std::int64_t{1} << 33);  // in the year 2242
  if (seconds.count() < 0 || seconds > kLatest || rest.count() < 0 || rest.count() >= 1'000'000)
    return std::nullopt;  // QEMU writes -1 if it cannot read the clock
  return MonotonicOf(seconds + rest);
}

std::string TextOfError(const json& error) {
  const auto text = error.is_object() ? error.find("desc") : error.end();
  if (text == error.end() || !text->is_string()) return "QEMU refused, without a reason";
  return Printable(text->get<std::string>());
}

}  // namespace

QmpConnection::QmpConnection(event_base* base, OwnedFd socket, Handlers handlers)
    : socket_(std::move(socket)),
      handlers_(std::move(handlers)),
      watch_(base, socket_.get(), [this] {
        const std::weak_ptr<bool> alive = alive_;
        if (!output_.empty()) Flush();
        if (!alive.expired()) ReadSome();
      }) {
  fcntl(socket_.get(), F_SETFL, fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
  watch_.Want(true, false);
}

void QmpConnection::Execute(const std::string& command, const json& arguments, Reply reply,
                            OwnedFd descriptor) {
  if (!socket_) return;
  const std::int64_t id = next_id_++;
  const json message = {{"execute", command}, {"arguments", arguments}, {"id", id}};
  pending_.emplace(id, std::move(reply));
  (negotiated_ ? output_ : waiting_).push_back({message.dump() + "\n", 0, std::move(descriptor)});
  if (negotiated_) watch_.Want(true, true);
}

ssize_t QmpConnection::SendFront() {
  Outgoing& front = output_.front();
  iovec bytes{front.bytes.data() + front.sent, front.bytes.size() - front.sent};
  union {
    cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (front.sent == 0 && front.descriptor) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    const int fd = front.descriptor.get();
    std::memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  }
  return sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
}

void QmpConnection::Flush() {
  while (!output_.empty()) {
    const ssize_t n = SendFront();
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) {  // QEMU is gone; what it said before is still to be read
      output_.clear();
      break;
    }
    Outgoing& front = output_.front();
    front.sent += static_cast<std::size_t>(n);
    if (front.sent == front.bytes.size()) output_.pop_front();
  }
  watch_.Want(true, !output_.empty());
}

void QmpConnection::Drain() {
  const std::weak_ptr<bool> alive = alive_;
  while (!alive.expired() && ReadSome()) {
  }
}

// Reads once, so that a flood does not keep the event loop. Returns false if nothing was there, or
// if the connection has ended. May have destroyed this object.
bool QmpConnection::ReadSome() {
  if (!socket_) return false;
  const std::weak_ptr<bool> alive = alive_;
  std::array<char, 65536> chunk;
  ssize_t n = -1;
  do n = recv(socket_.get(), chunk.data(), chunk.size(), 0);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) return false;
  if (n <= 0) {
    End("");
    return false;
  }
  input_.append(chunk.data(), static_cast<std::size_t>(n));
  std::size_t begin = 0;
  for (std::size_t end; (end = input_.find('\n', begin)) != std::string::npos;) {
    const std::string line = input_.substr(begin, end - begin);
    begin = end + 1;
    const bool understood = TakeLine(line);
    if (alive.expired()) return false;
    if (!understood) End("QEMU's monitor does not speak QMP: " + Printable(line));
    if (!socket_) return false;
  }
  input_.erase(0, begin);
  if (input_.size() > kLongestMessage) End("QEMU's monitor sent a message without end");
  return !alive.expired() && static_cast<bool>(socket_);
}

// Returns false if `line` is no message of this protocol. May have destroyed this object.
bool QmpConnection::TakeLine(const std::string& line) {
  // A guest may have taken QEMU over: deep nesting would overflow the stack later.
  constexpr int kDeepest = 32;
  const json message = json::parse(
      line, [](int depth, json::parse_event_t, json&) { return depth < kDeepest; }, false);
  if (!message.is_object()) return false;
  if (message.contains("QMP") && !greeted_) {
    TakeGreeting();
    return true;
  }
  if (const auto event = message.find("event"); event != message.end()) {
    if (!event->is_string()) return false;
    TakeEvent(message);
    return true;
  }
  if (!message.contains("return") && !message.contains("error")) return false;
  TakeReply(message);
  return true;
}

void QmpConnection::TakeGreeting() {
  greeted_ = true;
  const std::int64_t id = next_id_++;
  pending_.emplace(id, [this](const json&, const std::string& error) {
    if (!error.empty()) return End("QEMU's monitor refuses to start: " + error);
    negotiated_ = true;
    output_ = std::exchange(waiting_, {});
    watch_.Want(true, !output_.empty());
  });
  const json message = {{"execute", "qmp_capabilities"}, {"id", id}};
  output_.push_back({message.dump() + "\n", 0, OwnedFd()});
  watch_.Want(true, true);
}

void QmpConnection::TakeReply(const json& message) {
  const auto id = message.find("id");
  if (id == message.end() || !id->is_number_integer()) return;
  const auto found = pending_.find(id->get<std::int64_t>());
  if (found == pending_.end()) return;
  const Reply reply = std::move(found->second);
  pending_.erase(found);
  if (!reply) return;
  const auto error = message.find("error");
  if (error != message.end()) return reply(json(), TextOfError(*error));
  reply(message.at("return"), "");
}

void QmpConnection::TakeEvent(const json& message) {
  QmpEvent event;
  event.name = message.at("event").get<std::string>();
  const auto data = message.find("data");
  if (data != message.end() && data->is_object()) event.data = *data;
  const Clock::time_point now = Clock::now();
  event.at = std::clamp(StampOf(message).value_or(now), latest_, std::max(latest_, now));
  latest_ = event.at;
  // A copy, because the callback may destroy this object.
  const auto on_event = handlers_.on_event;
  on_event(event);
}

void QmpConnection::End(const std::string& error) {
  if (!socket_) return;
  watch_.Want(false, false);
  socket_.Close();
  waiting_.clear();
  output_.clear();
  pending_.clear();
  // A copy, because the callback may destroy this object.
  const auto on_end = handlers_.on_end;
  on_end(error);
}

}  // namespace localcloud
