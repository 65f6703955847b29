// Feeds arbitrary calls, one a line ("SendMessage {...}"), to localcloud's SQS: each is answered
// with JSON or refused with a code of SQS's, at most once, and queues keep their messages.
// "RECEIPT" in a line stands for the receipt handle that was given last. Run by scripts/fuzz.
#include <event2/event.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "localcloud/http/api_error.h"
#include "localcloud/loop/timers.h"
#include "localcloud/sqs/queue_service.h"
#include "localcloud/sqs/sqs_service.h"

namespace {

using nlohmann::json;

void Require(bool condition) {
  if (!condition) std::abort();
}

class Client {
 public:
  explicit Client(event_base* base) : timers_(base), queues_(&timers_, "000000000000") {}

  void Call(const std::string& action, std::string body) {
    for (std::size_t at = 0; (at = body.find("RECEIPT", at)) != std::string::npos;
         at += receipt_.size())
      body.replace(at, 7, receipt_);
    const auto answered = std::make_shared<bool>(false);
    try {
      queues_.Run("us-east-1", action, body, "127.0.0.1:1", [&, answered](const std::string& text) {
        Require(!*answered);
        *answered = true;
        Take(text);
      });
    } catch (const localcloud::ApiError& error) {
      Require(!*answered);
      const auto refusal = localcloud::QueueErrorAnswer(error, "request");
      Require(refusal.status >= 400 && refusal.status < 500);
      Require(json::parse(refusal.body).at("__type").is_string());
    }
  }

 private:
  void Take(const std::string& text) {
    if (text.empty()) return;
    const json answer = json::parse(text);
    if (!answer.contains("Messages")) return;
    for (const json& message : answer.at("Messages")) {
      receipt_ = message.at("ReceiptHandle");
      Require(receipts_.insert(receipt_).second);  // of one receiving only
      Require(!message.at("Body").get<std::string>().empty());
    }
  }

  std::string receipt_;
  std::set<std::string> receipts_;
  localcloud::Timers timers_;
  localcloud::QueueService queues_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static event_base* const base = event_base_new();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Client client(base);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t space = std::min(line.find(' '), line.size());
    client.Call(std::string(line.substr(0, space)),
                std::string(line.substr(std::min(space + 1, line.size()))));
    event_base_loop(base, EVLOOP_NONBLOCK);
  }
  return 0;
}
