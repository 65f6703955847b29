#include "localcloud/sqs/message_queue.h"

#include <algorithm>
#include <utility>

#include "localcloud/loop/uuid.h"

namespace localcloud {
namespace {

std::int64_t Now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

MessageQueue::~MessageQueue() {
  timers_.Cancel(next_visible_);
  for (const Waiter& waiter : waiters_) timers_.Cancel(waiter.give_up);
}

void MessageQueue::Close() {
  for (const Waiter& waiter : std::exchange(waiters_, {})) {
    timers_.Cancel(waiter.give_up);
    waiter.done({});
  }
}

std::vector<std::string> MessageQueue::Send(const std::vector<std::string>& bodies,
                                            std::chrono::seconds retention) {
  std::vector<std::string> ids;
  for (const std::string& body : bodies) {
    Message message;
    message.id = NewUuid();
    message.body = body;
    message.sent_ms = Now_ms();
    message.expires = Clock::now() + retention;
    ids.push_back(message.id);
    messages_.push_back(std::move(message));
  }
  Serve();
  return ids;
}

void MessageQueue::Receive(std::size_t most, std::chrono::seconds visibility,
                           std::chrono::seconds wait, const OnMessages& done) {
  // A later receiver must not take messages that an earlier one waits for.
  const auto taken = waiters_.empty() ? Take(most, visibility) : std::vector<Message>{};
  if (!taken.empty() || wait.count() == 0) return done(taken);
  const auto place = waiters_.insert(waiters_.end(), {most, visibility, 0, done});
  place->give_up = timers_.After(wait, [this, place] {
    const OnMessages give_up = place->done;
    waiters_.erase(place);
    give_up({});
  });
  Serve();
}

void MessageQueue::Delete(const std::string& receipt) {
  messages_.remove_if([&](const Message& message) { return message.receipt == receipt; });
}

MessageQueue::Change MessageQueue::ChangeVisibility(const std::string& receipt,
                                                    std::chrono::seconds visibility) {
  const auto message = std::ranges::find(messages_, receipt, &Message::receipt);
  if (receipt.empty() || message == messages_.end()) return Change::kUnknownReceipt;
  const Clock::time_point now = Clock::now();
  if (message->visible_at <= now) return Change::kNotInFlight;
  message->visible_at = now + visibility;
  Serve();
  return Change::kDone;
}

MessageQueue::Counts MessageQueue::Count() {
  const Clock::time_point now = Clock::now();
  DropExpired(now);
  Counts counts;
  for (const Message& message : messages_)
    ++(message.visible_at > now ? counts.in_flight : counts.visible);
  return counts;
}

void MessageQueue::DropExpired(Clock::time_point now) {
  messages_.remove_if([now](const Message& message) { return message.expires <= now; });
}

std::vector<MessageQueue::Message> MessageQueue::Take(std::size_t most,
                                                      std::chrono::seconds visibility) {
  const Clock::time_point now = Clock::now();
  DropExpired(now);
  std::vector<Message> taken;
  for (Message& message : messages_) {
    if (taken.size() == most) break;
    if (message.visible_at > now) continue;
    message.visible_at = now + visibility;
    message.receipt = message.id + "." + std::to_string(++message.receive_count);
    if (message.receive_count == 1) message.first_received_ms = Now_ms();
    taken.push_back(message);
  }
  return taken;
}

void MessageQueue::Serve() {
  timers_.Cancel(std::exchange(next_visible_, 0));
  while (!waiters_.empty()) {
    const auto taken = Take(waiters_.front().most, waiters_.front().visibility);
    if (taken.empty()) break;
    const Waiter served = std::move(waiters_.front());
    waiters_.pop_front();
    timers_.Cancel(served.give_up);
    served.done(taken);
  }
  if (waiters_.empty() || messages_.empty()) return;
  const auto next = std::ranges::min_element(messages_, {}, &Message::visible_at);
  next_visible_ = timers_.After(next->visible_at - Clock::now(), [this] { Serve(); });
}

}  // namespace localcloud
