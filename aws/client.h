// One AWS service in one region: signed requests over kept-alive connections, retried within a
// deadline.
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
#include "aws/timing.h"

namespace aws {

// What one operation cost, filled also where it throws. `sent` and `received` bound the whole
// operation; `last_sent` is the send of the attempt that was answered.
struct CallRecord {
  std::string action{};
  Clock::time_point sent{};
  Clock::time_point last_sent{};
  Clock::time_point received{};
  CallTiming timing{};  // of the last attempt
};

// Adds up what the calls made on somebody's behalf cost. Thread-safe; the owner outlives the calls.
struct CallTally {
  std::atomic<std::int64_t> api_calls{0};      // HTTP requests sent, retries included
  std::atomic<std::int64_t> retries{0};        // of these, the ones after the first of an operation
  std::atomic<std::int64_t> retry_wait_ns{0};  // time slept between attempts
  std::atomic<std::int64_t> throttled{0};      // answers that refused a call for its rate

  // A refusal that was not final.
  void AddRefusal(std::string_view action, std::string_view code);
  void Add(const CallTally& other);
  // "RunInstances RequestLimitExceeded x2, ..."; empty: none.
  std::string Refusals() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> refusals_;  // by action and code
};

// A refusal that time alone ends: "does not exist" of what was made moments ago.
struct PassingRefusal {
  std::function<bool(std::string_view code)> matches{};  // none: no refusal is one
  Clock::time_point until{};  // the call is repeated until then, as far as its deadline allows
  // True: after a request whose answer was lost it says that this one was carried out.
  bool tells_of_lost = false;
};

// How one operation is to be carried out. Copyable; what it points to must outlive the call.
struct CallOptions {
  Clock::time_point deadline =
      Clock::time_point::max();  // of the whole operation, retries included
  std::stop_token stop{};        // ends waits, and aborts a request under way
  CallTally* tally = nullptr;
  CallRecord* record = nullptr;  // overwritten
  // False: a request whose answer was lost is not sent again, since it may have been carried out.
  // For what creates something and has no idempotency token (AllocateAddress). Repeated is only
  // what surely made nothing: no connection stood (look-up, TCP, TLS), or the service turned it
  // away (throttling, 503). A kept connection that breaks is not among them: the peer may have
  // closed it before the request came, or have carried it out first, and nobody can tell. So that
  // this is rare, such a request uses no connection that has been idle for long
  // (ClientConfig::fresh_for).
  bool repeat_lost = true;
  PassingRefusal passing{};
  // Where EC2's request rates are kept (ClientConfig::pace): false waits for its turn, true does
  // not, as what is timed, or ends machines, must not.
  bool at_once = false;
  PrepaidCalls* prepaid = nullptr;  // of a call at once: what has been taken for it already
  // EC2 only: asks whether the call would be allowed, and changes nothing (DryRun=true). An allowed
  // one is answered with the error DryRunOperation, another with UnauthorizedOperation.
  bool dry_run = false;
};

// Full-jitter exponential backoff: the n-th wait is uniform in [0, min(cap, base * 2^n)].
// EC2's throttling buckets refill by the second, so the cap is a few of them; usually the deadline
// ends it. An endpoint that nobody listens at, or whose name has no address, gets
// max_connect_attempts only: that is mostly a wrong flag, and should be said soon.
struct RetryPolicy {
  std::chrono::milliseconds base{100};
  std::chrono::milliseconds cap{5000};
  int max_attempts = 12;
  int max_connect_attempts = 3;
};

struct ClientConfig {
  std::string service;       // signing name and host prefix: "ec2", "ssm", "sts", "s3",
                             // "ec2-instance-connect", "sqs", "servicequotas"
  std::string region;        // "us-west-2"
  std::string endpoint_url;  // empty: AWS's own (aws/endpoint.h)
  EndpointVariant variant{};
  Credentials credentials;
  std::shared_ptr<CredentialKeeper> keeper;  // set: asked for each operation, and used instead
  std::shared_ptr<ApiLog> log;               // set: every request is written there
  RetryPolicy retry;
  std::shared_ptr<RequestPace> pace;  // of EC2's request rates; null: none are kept
  // How long a kept connection may have been idle for a request that must not get lost. Servers
  // keep idle ones for 15 s and more (nginx 75 s, AWS's load balancers 60 s, by default).
  std::chrono::seconds fresh_for{10};
  bool reuse_connections =
      true;  // false: every request pays look-up, TCP and TLS (--cold_connections)
};

class HttpTransport;

// Parameters of the Query protocol, in the order they are sent: {"InstanceId.1", "i-..."}.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// Thread-safe: concurrent calls take connections from a pool, which grows to the number of calls
// ever in flight at once. Retries what Error::retryable() marks (throttling, 5xx, connections and
// answers that break off); whoever calls an operation that creates something passes an idempotency
// token, so that a retry creates no second.
class Client {
 public:
  // Throws Error(kTransport) where endpoint_url is not http://host[:port] or https://host[:port].
  explicit Client(ClientConfig config);
  // For tests: over another transport than libcurl.
  Client(ClientConfig config, std::unique_ptr<HttpTransport> transport);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // EC2 and STS Query protocol: POST Action=...&Version=...; returns the XML document of a 200
  // answer. Throws Error.
  std::string CallQuery(std::string_view action, std::string_view api_version,
                        const QueryParameters& parameters, const CallOptions& options);

  // JSON protocol (1.0 for SQS, else 1.1): POST with X-Amz-Target; returns the JSON document of a
  // 200 answer. Throws Error; std::logic_error for a dry run, which this protocol does not have.
  std::string CallJson(std::string_view target_prefix, std::string_view action,
                       const std::string& body, const CallOptions& options);

  // S3's REST: `method` is GET, PUT or DELETE, `path` starts with a slash and is encoded already,
  // as are `query`'s values ("list-type=2&prefix=a", names in alphabetical order, as the signature
  // wants them). Returns the body of a 2xx answer. Throws like CallJson.
  std::string CallRest(std::string_view action, std::string_view method, const std::string& path,
                       const std::string& query, std::string body, const CallOptions& options);

  // Opens connections (TCP and TLS) until `count` idle ones are kept, by GET /ping
  // requests (unsigned, but for an endpoint_url, which may serve several regions), which EC2's
  // front end answers itself. An answer with "time scale 0.05" comes from an endpoint that models
  // EC2 in so much less time: request rates are kept accordingly. Returns the smallest time from
  // just before a request left on a warm connection until its answer was there: an upper bound of
  // the round trip to the endpoint. Throws Error.
  std::chrono::microseconds Warm(int count, const CallOptions& options);

  const std::string& region() const;
  const std::string& endpoint_url() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aws
