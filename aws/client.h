// A client of one AWS service in one region. Signs requests, keeps connections alive, and retries
// within a deadline.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/api_log.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/error.h"
#include "aws/request_pace.h"
#include "aws/service_actions.h"
#include "aws/timing.h"

namespace aws {

// The times of one operation. Filled even if the operation throws. `sent` and `received` bound the
// whole operation; `last_sent` is when the attempt that was answered was sent.
struct CallRecord {
  std::string action{};
  Clock::time_point sent{};
  Clock::time_point last_sent{};
  Clock::time_point received{};
  CallTiming timing{};  // of the last attempt
};

// Adds up the costs of several calls, such as those of one launch. Thread-safe. Must outlive the
// calls.
struct CallTally {
  std::atomic<std::int64_t> api_calls{0};      // HTTP requests sent, retries included
  std::atomic<std::int64_t> retries{0};        // of these, not the first of their operation
  std::atomic<std::int64_t> retry_wait_ns{0};  // time slept between attempts
  std::atomic<std::int64_t> throttled{0};      // answers that refused a call because of its rate

  // Counts a refusal after which the call was repeated.
  void AddRefusal(std::string_view action, std::string_view code);
  void Add(const CallTally& other);
  // Returns "RunInstances RequestLimitExceeded x2, ...", or "" if there were none.
  std::string Refusals() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> refusals_;  // by action and code
};

// A refusal that passes by itself: "does not exist" about something that was made moments ago.
struct PassingRefusal {
  // Returns true if the code is such a refusal. Empty: no code is.
  std::function<bool(std::string_view code)> matches{};
  Clock::time_point until{};  // the call is repeated until then, or until its deadline
  // True: if the answer to an earlier attempt was lost, this refusal means that the service has
  // carried out that attempt. The call is then not repeated.
  bool tells_of_lost = false;
};

// How to carry out one operation. Copyable. What it points to must outlive the call.
struct CallOptions {
  // For the whole operation, retries included.
  Clock::time_point deadline = Clock::time_point::max();
  std::stop_token stop{};  // ends waits, and aborts a request under way
  CallTally* tally = nullptr;
  CallRecord* record = nullptr;  // overwritten
  // False: a request whose answer was lost is not sent again, because the service may have carried
  // it out. Use it for calls that create something and have no idempotency token
  // (AllocateAddress). Such a call is repeated only if it certainly created nothing: there was no
  // connection (look-up, TCP, TLS), or the service turned it away (throttling, 503). It is not
  // repeated if a kept connection breaks: the peer may have carried out the request before that.
  // To make this rare, such a request uses no connection that has been idle for long
  // (ClientConfig::fresh_for).
  bool repeat_lost = true;
  PassingRefusal passing{};
  // Matters only with ClientConfig::pace. False: waits for its turn in EC2's request rates. True:
  // does not wait. For calls that are timed or that end machines.
  bool at_once = false;
  // For a call with at_once: the tokens that were taken for it in advance. Null: none.
  PrepaidCalls* prepaid = nullptr;
  // EC2 only: asks whether the call would be allowed, and changes nothing (DryRun=true). EC2
  // answers with the error DryRunOperation if it is allowed, else with UnauthorizedOperation.
  bool dry_run = false;
};

// Full-jitter exponential backoff: the n-th wait is uniform in [0, min(cap, base * 2^n)].
// EC2's throttling buckets refill every second, so the cap is a few seconds. Usually the deadline
// ends the attempts. If nobody listens at the endpoint, or its name has no address, there are only
// max_connect_attempts: the cause is mostly a wrong flag, and the user should know soon.
struct RetryPolicy {
  std::chrono::milliseconds base{100};
  std::chrono::milliseconds cap{5000};
  int max_attempts = 12;
  int max_connect_attempts = 3;
};

struct ClientConfig {
  // Signing name and host prefix: "ec2", "ssm", "sts", "s3", "ec2-instance-connect", "sqs",
  // "servicequotas".
  std::string service;
  std::string region;        // "us-west-2"
  std::string endpoint_url;  // empty: AWS's own (aws/endpoint.h)
  EndpointVariant variant{};
  Credentials credentials;
  // If set, replaces `credentials`; asked anew for each operation.
  std::shared_ptr<CredentialKeeper> keeper;
  std::shared_ptr<ApiLog> log;  // if set, gets every request
  RetryPolicy retry;
  std::shared_ptr<RequestPace> pace;  // keeps EC2's request rates; null: they are not kept
  // The longest idle time of a kept connection for a request with repeat_lost = false. Servers
  // keep idle connections for 15 s or more (nginx 75 s, AWS's load balancers 60 s, by default).
  std::chrono::seconds fresh_for{10};
  // False: every request pays for look-up, TCP and TLS (--cold_connections).
  bool reuse_connections = true;
};

class HttpTransport;

// Parameters of the Query protocol, in the order in which they are sent: {"InstanceId.1", "i-..."}.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// Thread-safe. Concurrent calls take connections from a pool that all clients of the process share.
// Retries if Error::retryable() is true: throttling, 5xx, connections and answers that break off.
// If an operation creates something, pass an idempotency token, so that a retry does not create a
// second one.
class Client {
 public:
  // Throws Error(kTransport) unless endpoint_url is http://host[:port] or https://host[:port].
  explicit Client(ClientConfig config);
  // For tests: uses `transport` instead of libcurl.
  Client(ClientConfig config, std::unique_ptr<HttpTransport> transport);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Query protocol of EC2 and STS: POST Action=...&Version=... Returns the XML document of a
  // successful answer. Throws Error.
  std::string CallQuery(std::string_view action, std::string_view api_version,
                        const QueryParameters& parameters, const CallOptions& options);

  // JSON protocol (1.0 for SQS, else 1.1): POST with X-Amz-Target. Returns the JSON document of a
  // successful answer. Throws Error. Throws std::logic_error if options.dry_run is set, because
  // this protocol has no dry runs.
  std::string CallJson(std::string_view target_prefix, std::string_view action,
                       const std::string& body, const CallOptions& options);

  // REST protocol of S3. `method` is GET, PUT or DELETE. `path` starts with a slash. `path` and the
  // values in `query` are percent-encoded already. The names in `query` are in alphabetical order,
  // as the signature requires: "list-type=2&prefix=a". Returns the body of a 2xx answer. Throws as
  // CallJson does.
  std::string CallRest(ServiceAction action, std::string_view method, const std::string& path,
                       const std::string& query, std::string body, const CallOptions& options);

  // Opens connections (TCP and TLS) until `count` idle ones are kept. Sends GET /ping, which EC2's
  // front end answers itself. The requests are unsigned, except to a configured endpoint_url,
  // which may serve several regions. The answer "time scale 0.05" means that the endpoint models
  // EC2 in that fraction of the time; request rates are scaled accordingly. With "no request rates"
  // it refuses no request for its rate, and none waits. Returns an upper bound of the round trip to
  // the endpoint: the smallest time from just before a request left on an open connection until its
  // answer was complete. Throws Error.
  std::chrono::microseconds Warm(int count, const CallOptions& options);

  const std::string& region() const;
  const std::string& endpoint_url() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aws
