#include "aws/client.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <variant>
#include <vector>

#include "aws/attempt_failure.h"
#include "aws/curl_transport.h"
#include "aws/http_transport.h"
#include "aws/query_protocol.h"
#include "aws/retry.h"
#include "aws/tasks/future.h"
#include "aws/tasks/sleep.h"
#include "aws/wire_protocol.h"

namespace aws {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnectTimeout{10'000};
constexpr milliseconds kRequestTimeout{60'000};

std::string Sha256Hex(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

// Protocols without dry runs must not carry out the call instead.
void RefuseDryRun(std::string_view action, const CallOptions& options) {
  if (options.dry_run) throw std::logic_error(fmt::format("{} has no dry run", action));
}

}  // namespace

void CallTally::AddRefusal(std::string_view action, std::string_view code) {
  const std::lock_guard lock(mutex_);
  ++refusals_[fmt::format("{} {}", action, code)];
}

void CallTally::Add(const CallTally& other) {
  api_calls += other.api_calls;
  retries += other.retries;
  retry_wait_ns += other.retry_wait_ns;
  throttled += other.throttled;
  const std::scoped_lock lock(mutex_, other.mutex_);
  for (const auto& [what, count] : other.refusals_) refusals_[what] += count;
}

std::string CallTally::Refusals() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [what, count] : refusals_)
    text += fmt::format("{}{} x{}", text.empty() ? "" : ", ", what, count);
  return text;
}

class Client::Impl {
 public:
  Impl(ClientConfig config, std::unique_ptr<HttpTransport> transport)
      : config_(std::move(config)), transport_(std::move(transport)) {
    endpoint_ = CheckedEndpoint(config_.endpoint_url.empty()
                                    ? EndpointOf(config_.service, config_.region, config_.variant)
                                    : config_.endpoint_url);
  }

  const std::string& region() const { return config_.region; }
  const std::string& endpoint() const { return endpoint_; }

  Credentials Signer() const {
    return config_.keeper != nullptr ? config_.keeper->Get() : config_.credentials;
  }

  HttpRequest SignedPost(std::string content_type, std::string body) const {
    HttpRequest request;
    request.url = endpoint_ + "/";
    request.headers = {"Content-Type: " + std::move(content_type)};
    request.body = std::move(body);
    request.signing = HttpSigning{config_.service, config_.region, Signer()};
    return request;
  }

  void LearnRequestRates(const std::string& ping) const {
    constexpr std::string_view kBefore = "time scale ";
    const std::size_t at = ping.find(kBefore);
    if (config_.pace == nullptr || at == std::string::npos) return;
    const double scale = std::strtod(ping.c_str() + at + kBefore.size(), nullptr);
    const bool unlimited = scale <= 0 || ping.find("no request rates") != std::string::npos;
    config_.pace->SetSpeed(unlimited ? 0 : 1 / scale);
  }

  HttpRequest Ping() const {
    HttpRequest request;
    request.method = HttpRequest::Method::kGet;
    request.url = endpoint_ + "/ping";
    // AWS's own endpoints are named after their region. Another endpoint may serve all regions at
    // one address: only the signature tells which region is meant, and so how far away it is.
    if (!config_.endpoint_url.empty())
      request.signing = HttpSigning{config_.service, config_.region, Signer()};
    return request;
  }

  // Carries out one operation, with its retries. If `protocol` is null, any answer is a success.
  std::string Run(std::string_view action, HttpRequest request, const WireProtocol* protocol,
                  const CallOptions& options);
  // Sends `count` pings at once, so that each has a connection of its own, and repeats those that
  // failed. Returns the shortest time from the sending of one to its answer.
  std::chrono::microseconds PingAtOnce(int count, const CallOptions& options);

 private:
  // Counts one attempt in EC2's request rates. Blocks if the attempt has to wait for its turn.
  void TakeTurn(std::string_view action, const CallOptions& options) const;
  // The same for all attempts of one operation.
  struct Operation {
    std::string_view action;
    const WireProtocol* protocol;
    CallRecord* record;  // never null
    CallTally* tally;    // never null
  };

  // An attempt that is on its way.
  struct Attempt {
    int number = 1;
    Clock::time_point begin;
    Future<HttpOutcome> outcome;
  };
  // Begins `count` attempts with the same request, each on a connection of its own.
  std::vector<Attempt> Begin(const HttpRequest& request, int number, int count = 1) const;
  // Blocks until it has ended. Returns nothing if it succeeded; `body` is then the answer's body.
  std::optional<AttemptFailure> Finish(const Operation& operation, const HttpRequest& request,
                                       Attempt attempt, std::string* body) const;
  // `last`: the last attempt's failure. `told`: the last one that the service explained.
  [[noreturn]] void ThrowDeadline(std::string_view action, int attempts,
                                  const std::optional<AttemptFailure>& last,
                                  const std::optional<AttemptFailure>& told) const;
  [[noreturn]] void ThrowCancelled(std::string_view action) const;
  bool MayRepeat(const AttemptFailure& failure, int attempt, const CallOptions& options) const;
  static bool Passes(const AttemptFailure& failure, bool was_lost, const CallOptions& options);
  static void SetTimeouts(HttpRequest* request, Clock::time_point deadline);

  const ClientConfig config_;
  const std::unique_ptr<HttpTransport> transport_;
  std::string endpoint_;
};

void Client::Impl::ThrowDeadline(std::string_view action, int attempts,
                                 const std::optional<AttemptFailure>& last,
                                 const std::optional<AttemptFailure>& told) const {
  Error::Details details;
  details.kind = Error::Kind::kDeadline;
  details.action = action;
  details.retryable = true;
  details.message = fmt::format("at {}: not done by its deadline ({} attempt{}", endpoint_,
                                attempts, attempts == 1 ? "" : "s");
  if (last) details.message += fmt::format("; last failure: {}", Error(last->details).what());
  if (told && last && last->details.kind != Error::Kind::kService)
    details.message += fmt::format("; last answer: {}", told->details.code);
  details.message += ")";
  throw Error(details);
}

void Client::Impl::ThrowCancelled(std::string_view action) const {
  Error::Details details;
  details.kind = Error::Kind::kCancelled;
  details.action = action;
  details.message = fmt::format("at {}: cancelled", endpoint_);
  throw Error(details);
}

bool Client::Impl::MayRepeat(const AttemptFailure& failure, int attempt,
                             const CallOptions& options) const {
  if (!failure.details.retryable) return false;
  if (failure.lost && !options.repeat_lost) return false;
  return attempt < (failure.never_connected ? config_.retry.max_connect_attempts
                                            : config_.retry.max_attempts);
}

// Returns true if the refusal will pass by itself. `was_lost`: the service may have carried out an
// earlier attempt.
bool Client::Impl::Passes(const AttemptFailure& failure, bool was_lost,
                          const CallOptions& options) {
  const PassingRefusal& passing = options.passing;
  return failure.details.kind == Error::Kind::kService && passing.matches &&
         Clock::now() < passing.until && passing.matches(failure.details.code) &&
         !(was_lost && passing.tells_of_lost);
}

void Client::Impl::TakeTurn(std::string_view action, const CallOptions& options) const {
  if (config_.pace == nullptr || action == "Ping") return;
  if (options.prepaid != nullptr) {
    options.prepaid->Use(action);
  } else if (options.at_once) {
    config_.pace->Spend(action);
  } else {
    WaitScope::Add(config_.pace->Await(action, options.deadline, options.stop));
  }
}

void Client::Impl::SetTimeouts(HttpRequest* request, Clock::time_point deadline) {
  request->timeout = kRequestTimeout;
  if (deadline != Clock::time_point::max()) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    request->timeout = std::clamp(left, milliseconds(1), kRequestTimeout);  // 0 would mean for ever
  }
  request->connect_timeout = std::min(kConnectTimeout, request->timeout);
}

std::vector<Client::Impl::Attempt> Client::Impl::Begin(const HttpRequest& request, int number,
                                                       int count) const {
  const auto begin = Clock::now();
  const std::vector<HttpRequest> requests(static_cast<std::size_t>(count), request);
  std::vector<Attempt> attempts;
  for (auto& outcome : transport_->Start(requests))
    attempts.push_back({number, begin, std::move(outcome)});
  return attempts;
}

std::optional<AttemptFailure> Client::Impl::Finish(const Operation& operation,
                                                   const HttpRequest& request, Attempt attempt,
                                                   std::string* body) const {
  HttpOutcome outcome = attempt.outcome.get();
  const HttpExchange& exchange = outcome.exchange;
  operation.record->received = exchange.received_at;
  operation.record->timing = exchange.timing;
  if (exchange.sent) {
    operation.record->last_sent = exchange.sent_at;
    ++operation.tally->api_calls;
    if (attempt.number > 1) ++operation.tally->retries;
  }
  const auto log = [&](int http_status, std::string code) {
    if (config_.log == nullptr) return;
    config_.log->Add(
        {.service = config_.service,
         .region = config_.region,
         .action = std::string(operation.action),
         .attempt = attempt.number,
         .begin = attempt.begin,
         .end = exchange.received_at > attempt.begin ? exchange.received_at : Clock::now(),
         .http_status = http_status,
         .code = std::move(code)});
  };
  if (const auto* error = std::get_if<TransportError>(&outcome.result)) {
    const bool cancelled = error->kind() == TransportError::Kind::kCancelled;
    log(0, cancelled ? "Cancelled" : "NoAnswer");
    if (cancelled) ThrowCancelled(operation.action);
    return FailureOfTransport(operation.action, endpoint_, *error, exchange.sent);
  }
  auto& response = std::get<HttpResponse>(outcome.result);
  const bool is_success = response.status >= 200 && response.status < 300;
  const WireProtocol* protocol = operation.protocol;
  if (protocol != nullptr && (!is_success || protocol->is_cut_off(response))) {
    AttemptFailure failure =
        FailureOfAnswer(operation.action, endpoint_, *protocol, request, response);
    log(response.status, failure.details.code.empty() ? "NotOfTheProtocol" : failure.details.code);
    return failure;
  }
  log(response.status, "");
  *body = std::move(response.body);
  return std::nullopt;
}

std::string Client::Impl::Run(std::string_view action, HttpRequest request,
                              const WireProtocol* protocol, const CallOptions& options) {
  CallRecord no_record;
  CallTally no_tally;
  const Operation operation{action, protocol,
                            options.record != nullptr ? options.record : &no_record,
                            options.tally != nullptr ? options.tally : &no_tally};
  const auto begin = Clock::now();
  *operation.record = CallRecord{std::string(action), begin, begin, begin, {}};
  request.stop = options.stop;
  if (!options.repeat_lost) request.most_idle = config_.fresh_for;
  std::optional<Backoff> backoff;
  std::optional<AttemptFailure> failure;
  std::optional<AttemptFailure> told;  // the last failure that the service explained
  bool was_lost = false;

  for (int attempt = 1;; ++attempt) {
    TakeTurn(action, options);
    if (options.stop.stop_requested()) ThrowCancelled(action);
    if (Clock::now() >= options.deadline) ThrowDeadline(action, attempt - 1, failure, told);
    SetTimeouts(&request, options.deadline);
    std::string body;
    failure = Finish(operation, request, std::move(Begin(request, attempt).front()), &body);
    if (!failure) return body;

    // If the deadline ended this attempt, an earlier answer says more than "no answer".
    const bool cut_short = failure->details.kind == Error::Kind::kTransport && told.has_value() &&
                           Clock::now() >= options.deadline;
    if (cut_short) ThrowDeadline(action, attempt, told, told);
    if (failure->details.kind == Error::Kind::kService) told = failure;
    const bool throttled = IsThrottling(failure->details.code);
    if (throttled) ++operation.tally->throttled;
    if (throttled && config_.pace != nullptr) config_.pace->Refused(action);
    if (!MayRepeat(*failure, attempt, options) && !Passes(*failure, was_lost, options))
      throw Error(failure->details);
    was_lost = was_lost || (failure->lost && failure->details.retryable);
    if (!failure->details.code.empty()) operation.tally->AddRefusal(action, failure->details.code);
    if (failure->at_once) continue;
    if (!backoff) backoff.emplace(config_.retry);
    const auto wait = backoff->Next();
    const auto start = Clock::now();
    if (options.deadline - start <= wait) ThrowDeadline(action, attempt, failure, told);
    const bool slept = SleepFor(wait, options.stop);
    operation.tally->retry_wait_ns += (Clock::now() - start) / std::chrono::nanoseconds(1);
    if (throttled && !options.at_once) WaitScope::Add(Clock::now() - start);
    if (!slept) ThrowCancelled(action);
  }
}

std::chrono::microseconds Client::Impl::PingAtOnce(int count, const CallOptions& options) {
  CallTally no_tally;
  CallOptions own = options;
  CallRecord record;
  own.record = &record;
  const Operation operation{"Ping", nullptr, &record,
                            options.tally != nullptr ? options.tally : &no_tally};
  HttpRequest request = Ping();
  request.stop = options.stop;
  SetTimeouts(&request, options.deadline);
  std::vector<Attempt> attempts = Begin(request, 1, count);
  auto shortest = std::chrono::microseconds::max();
  for (Attempt& attempt : attempts) {
    std::string body;
    if (Finish(operation, request, std::move(attempt), &body)) Run("Ping", Ping(), nullptr, own);
    shortest = std::min(shortest, std::chrono::duration_cast<std::chrono::microseconds>(
                                      record.received - record.last_sent));
  }
  return shortest;
}

Client::Client(ClientConfig config) {
  auto transport = NewCurlTransport(config.reuse_connections);
  impl_ = std::make_unique<Impl>(std::move(config), std::move(transport));
}

Client::Client(ClientConfig config, std::unique_ptr<HttpTransport> transport)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(transport))) {}

Client::~Client() = default;

std::string Client::CallQuery(std::string_view action, std::string_view api_version,
                              const QueryParameters& parameters, const CallOptions& options) {
  QueryParameters sent = parameters;
  if (options.dry_run) sent.emplace_back("DryRun", "true");
  HttpRequest request = impl_->SignedPost("application/x-www-form-urlencoded; charset=utf-8",
                                          EncodeQuery(action, api_version, sent));
  return impl_->Run(action, std::move(request), &kQueryProtocol, options);
}

std::string Client::CallJson(std::string_view target_prefix, std::string_view action,
                             const std::string& body, const CallOptions& options) {
  RefuseDryRun(action, options);
  // Of the services used here only SQS uses version 1.0. Other differences do not matter here.
  const char* version = target_prefix == "AmazonSQS" ? "1.0" : "1.1";
  HttpRequest request = impl_->SignedPost(fmt::format("application/x-amz-json-{}", version), body);
  request.headers.push_back(fmt::format("X-Amz-Target: {}.{}", target_prefix, action));
  return impl_->Run(action, std::move(request), &kJsonProtocol, options);
}

std::string Client::CallRest(ServiceAction action, std::string_view method, const std::string& path,
                             const std::string& query, std::string body,
                             const CallOptions& options) {
  RefuseDryRun(action.name(), options);
  HttpRequest request = impl_->SignedPost("application/octet-stream", std::move(body));
  request.url = impl_->endpoint() + path + (query.empty() ? "" : "?" + query);
  if (method == "GET") request.method = HttpRequest::Method::kGet;
  if (method == "PUT") request.method = HttpRequest::Method::kPut;
  if (method == "DELETE") request.method = HttpRequest::Method::kDelete;
  // Only S3 requires the body's hash in a header. It is signed with the other headers.
  request.headers.push_back("x-amz-content-sha256: " + Sha256Hex(request.body));
  return impl_->Run(action.name(), std::move(request), &kRestProtocol, options);
}

std::chrono::microseconds Client::Warm(int count, const CallOptions& options) {
  if (count <= 0) return {};
  // The first one alone, so that an endpoint that does not answer is asked only once.
  impl_->LearnRequestRates(impl_->Run("Ping", impl_->Ping(), nullptr, options));
  return impl_->PingAtOnce(count, options);
}

const std::string& Client::region() const { return impl_->region(); }
const std::string& Client::endpoint_url() const { return impl_->endpoint(); }

}  // namespace aws
