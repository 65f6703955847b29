#include "localcloud/gateway.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "localcloud/cloud.h"
#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/dry_run.h"
#include "localcloud/ec2/state/instance.h"
#include "localcloud/http/aws_chunked.h"
#include "localcloud/http/dates.h"
#include "localcloud/http/http_server.h"
#include "localcloud/loop/timers.h"
#include "localcloud/model/request_limits.h"
#include "localcloud/model/truth.h"
#include "localcloud/protocol.h"
#include "localcloud/request_origin.h"
#include "localcloud/ssm/json_api.h"
#include "localcloud/tools_answer.h"

namespace localcloud {
namespace {

// User data is at most 16 KiB before base64; nothing else that a call takes is large.
constexpr std::size_t kMaxCallBytes = 1 << 20;
constexpr std::size_t kMaxObjectBytes = 64 << 20;

// One request on its way through. Held by the timers that it waits on.
struct Exchange {
  HttpRequest request;
  HttpServer::Respond respond;
  std::chrono::nanoseconds one_way{};
  Clock::time_point received{};
  CredentialScope scope;
  Protocol protocol = Protocol::kEc2Query;
  std::string request_id;
  std::string target;  // of JSON calls: "AmazonSSM.GetParameter"
  std::string action;
  CallFault fault;
  QueryParameters parameters;
};
using ExchangePtr = std::shared_ptr<Exchange>;

void CheckParameterNames(const QueryParameters& parameters, const ApiAction& action) {
  static const std::set<std::string> kCommon = {"Action", "Version", "DryRun"};
  for (const auto& [name, value] : parameters.values()) {
    const std::string first = name.substr(0, name.find('.'));
    if (!action.parameters.contains(first) && !kCommon.contains(first)) {
      throw ApiError("UnknownParameter",
                     fmt::format("The parameter {} is not recognized by localcloud", name));
    }
  }
}

// Which operation a request asks for, and its parameters. Throws ApiError.
void ReadAction(Exchange* exchange) {
  if (IsJson(exchange->protocol)) {
    exchange->target = exchange->request.header("x-amz-target");
    exchange->action = exchange->target.substr(exchange->target.find('.') + 1);
    if (exchange->action.empty()) {
      throw ApiError("UnknownOperationException", "The X-Amz-Target header is missing");
    }
    return;
  }
  if (exchange->protocol == Protocol::kS3) {
    exchange->action = ObjectStore::OperationOf(exchange->request);
    if (exchange->action.empty()) exchange->action = "S3";
    return;
  }
  const bool post = exchange->request.method == "POST";
  exchange->parameters =
      QueryParameters::Parse(post ? exchange->request.body : exchange->request.query);
  exchange->action = exchange->parameters.Get("Action");
  if (exchange->action.empty()) {
    throw ApiError("MissingAction", "The request must contain the parameter Action");
  }
}

HttpResponse Refusal(const Exchange& exchange, const ApiError& error) {
  if (exchange.protocol == Protocol::kS3) {
    return ObjectStore::ErrorAnswer(exchange.request, error.code(), error.what(),
                                    error.http_status(), exchange.request_id);
  }
  return ErrorAnswer(exchange.protocol, error, exchange.request_id);
}

}  // namespace

class Gateway::Impl {
 public:
  Impl(event_base* base, Cloud* cloud, std::uint16_t port)
      : cloud_(cloud),
        actions_(AllActions()),
        limits_(cloud->options().time_scale),
        server_(base, port, Limits(), [this](HttpRequest request, HttpServer::Respond respond) {
          OnRequest(std::move(request), std::move(respond));
        }) {}

  std::uint16_t port() const { return server_.port(); }

 private:
  // Who does not name a key of ours can send no more than any call takes, and so make this process
  // hold no more. Only objects for S3 are larger.
  BodyLimits Limits() {
    BodyLimits limits;
    limits.of_request = [this](const HttpRequest& head) {
      const auto scope = ReadCredentialScope(head);
      const bool object = scope && scope->service == "s3" && IsOurs(scope->access_key_id);
      return object ? kMaxObjectBytes : kMaxCallBytes;
    };
    limits.refusal = [this](const HttpRequest& head, BodyLimits::Excess excess) {
      return RefusalOfBody(head, excess);
    };
    return limits;
  }

  bool IsOurs(const std::string& access_key_id) const {
    return access_key_id == cloud_->access_key().access_key_id ||
           cloud_->session_keys().Find(access_key_id) != nullptr;
  }

  HttpResponse RefusalOfBody(const HttpRequest& head, BodyLimits::Excess excess) const {
    Exchange exchange;
    exchange.request = head;
    exchange.request_id = NewRequestId();
    const auto scope = ReadCredentialScope(head);
    exchange.protocol = ProtocolOf(head);
    const bool s3 = exchange.protocol == Protocol::kS3;
    if (excess == BodyLimits::Excess::kOfServer) {
      return Refusal(exchange, ApiError(s3 ? "SlowDown" : "RequestLimitExceeded",
                                        "Too many large requests at a time; please retry.", 503));
    }
    if (!scope || !IsOurs(scope->access_key_id)) {
      const auto verdict = scope ? SignatureVerdict::kUnknownKey : SignatureVerdict::kMissing;
      return Refusal(exchange, SignatureError(exchange.protocol, verdict,
                                              "the request names no access key of this cloud"));
    }
    if (!s3) return {413, "text/plain", {}, "the request is too large\n"};
    return Refusal(
        exchange,
        ApiError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400));
  }

  void OnRequest(HttpRequest request, HttpServer::Respond respond) {
    if (const auto refusal = RefusedOrigin(request)) {
      respond(*refusal);
      return;
    }
    if (request.path.starts_with("/_localcloud/")) {
      respond(ToolsAnswer(*cloud_, request.path));
      return;
    }
    auto exchange = std::make_shared<Exchange>();
    exchange->request = std::move(request);
    exchange->respond = std::move(respond);
    // Regions share the endpoint; which one is meant stands in the credential scope, and decides
    // how far away it is. Whether the scope is true is checked when the request has arrived.
    exchange->scope = ReadCredentialScope(exchange->request).value_or(CredentialScope{});
    exchange->one_way = cloud_->RoundTrip(exchange->scope.region) / 2;
    cloud_->timers().After(exchange->one_way, [this, exchange] { Arrive(exchange); });
  }

  void Arrive(const ExchangePtr& exchange) {
    exchange->received = Clock::now();
    exchange->request_id = NewRequestId();
    exchange->protocol = ProtocolOf(exchange->request);
    if (exchange->request.method == "GET" && exchange->request.path == "/ping") {
      // EC2's says "healthy". Callers that keep to EC2's request rates need the time scale.
      Answer(exchange,
             {200,
              "text/plain",
              {},
              fmt::format("healthy: localcloud, time scale {}", cloud_->options().time_scale)});
      return;
    }
    if (exchange->protocol != Protocol::kS3 && exchange->request.body.size() > kMaxCallBytes) {
      Answer(exchange, {413, "text/plain", {}, "the request is too large\n"});
      return;
    }
    try {
      Authenticate(exchange.get());
      ReadAction(exchange.get());
    } catch (const ApiError& error) {
      Answer(exchange, Refusal(*exchange, error));
      return;
    }
    exchange->fault = cloud_->faults().NextCall(exchange->action);
    // The time the service takes; what it does happens at its end.
    const Region& region = *cloud_->FindRegion(exchange->scope.region);
    std::string kind = exchange->action;
    if (exchange->protocol == Protocol::kEc2Query &&
        !limits_.Admit(region.name, exchange->action, exchange->parameters,
                       region.latencies.request_rates, exchange->received)) {
      exchange->fault.error = TooManyRequests();
      kind = "RequestLimitExceeded";  // is found out before any work, so is as quick as any call
    }
    const std::string key = fmt::format("{}/{}", kind, call_counts_[region.name + kind]++);
    cloud_->timers().After(region.Draw(region.latencies.Api(kind), key) + exchange->fault.delay,
                           [this, exchange] { Execute(exchange); });
  }

  static HttpResponse Damaged(const Exchange& exchange, HttpResponse response) {
    switch (exchange.fault.damage) {
      case CallFault::Damage::kNone:
        break;
      case CallFault::Damage::kTruncated:
        response.body.resize(response.body.size() / 2);
        break;
      case CallFault::Damage::kReset:
        response.ending = HttpResponse::Ending::kResetInBody;
        break;
      case CallFault::Damage::kLost:
        response.ending = HttpResponse::Ending::kNoAnswer;
    }
    return response;
  }

  void Authenticate(Exchange* exchange) {
    std::string reason;
    if (cloud_->faults().clock_skew().count() != 0) cloud_->faults().Hit();
    const CredentialScope& scope = exchange->scope;
    const auto now = cloud_->Now();
    const auto* session = cloud_->session_keys().Find(scope.access_key_id);
    const AccessKey& key = session != nullptr ? session->key : cloud_->access_key();
    const SignatureVerdict verdict = VerifySignature(exchange->request, key, now, &reason);
    if (verdict != SignatureVerdict::kValid) {
      throw SignatureError(exchange->protocol, verdict, reason);
    }
    if (session != nullptr && now >= session->expiry) throw Expired(exchange->protocol);
    const bool presigned = IsPresigned(exchange->request);
    if (presigned) {
      TakeHeadersFromQuery(&exchange->request);
    } else if (exchange->protocol == Protocol::kS3 && IsChunked(exchange->request)) {
      DecodeChunks(&exchange->request, key);
    }
    const std::string denied = exchange->protocol == Protocol::kEc2Query ? "AuthFailure"
                               : IsJson(exchange->protocol) ? "InvalidSignatureException"
                               : presigned                  ? "AuthorizationQueryParametersError"
                               : exchange->protocol == Protocol::kS3
                                   ? "AuthorizationHeaderMalformed"
                                   : "SignatureDoesNotMatch";
    if (scope.service != "ec2" && exchange->protocol == Protocol::kEc2Query) {
      throw ApiError(denied, fmt::format("localcloud has no service '{}'", scope.service), 403);
    }
    if (cloud_->FindRegion(scope.region) == nullptr) {
      throw ApiError(
          denied,
          fmt::format("Credential should be scoped to a valid region: localcloud has {}, "
                      "not '{}'",
                      fmt::join(RegionNames(), ", "), scope.region),
          403);
    }
  }

  static ApiError Expired(Protocol protocol) {
    if (protocol == Protocol::kEc2Query) return {"RequestExpired", "Request has expired."};
    return {IsJson(protocol) ? "ExpiredTokenException" : "ExpiredToken",
            "The security token included in the request is expired", 403};
  }

  void Execute(const ExchangePtr& exchange) {
    const auto answer = [this, exchange](const HttpResponse& response) {
      Answer(exchange, Damaged(*exchange, response));
    };
    try {
      if (exchange->fault.error) throw ApiError(*exchange->fault.error);
      if (exchange->protocol != Protocol::kSqsJson) return answer(Run(exchange.get()));
      // A receive may wait for its message.
      cloud_->queues().Run(exchange->scope.region, exchange->action, exchange->request.body,
                           std::string(exchange->request.header("host")),
                           [exchange, answer](const std::string& body) {
                             answer(JsonAnswer(exchange->protocol, body, exchange->request_id));
                           });
    } catch (const ApiError& error) {
      answer(Refusal(*exchange, error));
    } catch (const std::exception& failure) {
      answer(Refusal(*exchange, ApiError("InternalError", failure.what(), 500)));
    }
  }

  HttpResponse Run(Exchange* exchange) {
    Region* region = cloud_->FindRegion(exchange->scope.region);
    switch (exchange->protocol) {
      case Protocol::kJson:
        return JsonAnswer(
            exchange->protocol,
            RunJsonAction(region, exchange->target, exchange->request.body, exchange->request_id),
            exchange->request_id);
      case Protocol::kStsQuery:
        return RunSts(*exchange);
      case Protocol::kEc2Query:
        return RunEc2(exchange, region);
      case Protocol::kS3:
        return cloud_->objects().Run(exchange->action, exchange->request, exchange->scope.region);
      case Protocol::kSqsJson:
        break;  // Execute() has run it
    }
    throw ApiError("InternalFailure", "unknown protocol", 500);
  }

  HttpResponse RunEc2(Exchange* exchange, Region* region) {
    const auto action = actions_.find(exchange->action);
    if (action == actions_.end()) {
      throw ApiError("InvalidAction",
                     fmt::format("The action {} is not valid for this web service: localcloud does "
                                 "not have it.",
                                 exchange->action));
    }
    CheckParameterNames(exchange->parameters, action->second);
    if (exchange->parameters.GetBool("DryRun", false)) {
      RequireNamedResources(*region, exchange->parameters);
      if (!action->second.checks_dry_run) ThrowDryRunOperation();
    }
    XmlWriter xml;
    Call call{*region, exchange->parameters, xml, exchange->received};
    action->second.run(call);
    return QueryAnswer(exchange->protocol, exchange->action, xml.text(), exchange->request_id);
  }

  HttpResponse RunSts(const Exchange& exchange) {
    if (exchange.action == "GetSessionToken") return IssueSessionKey(exchange);
    if (exchange.action != "GetCallerIdentity") {
      throw ApiError(
          "InvalidAction",
          fmt::format("Could not find operation {} for version 2011-06-15", exchange.action));
    }
    XmlWriter xml;
    xml.Text("Arn", fmt::format("arn:aws:iam::{}:user/localcloud", cloud_->account_id()));
    xml.Text("UserId", "AIDALOCALCLOUD0000000");
    xml.Text("Account", cloud_->account_id());
    return QueryAnswer(exchange.protocol, exchange.action, xml.text(), exchange.request_id);
  }

  // AWS gives none for less than a quarter of an hour. Here a test may see them expire.
  HttpResponse IssueSessionKey(const Exchange& exchange) {
    constexpr std::int64_t kDefault_s = 43'200;
    constexpr std::int64_t kMost_s = 129'600;
    const std::int64_t life_s = exchange.parameters.GetInt("DurationSeconds").value_or(kDefault_s);
    if (life_s < 1 || life_s > kMost_s)
      throw ApiError("ValidationError", "DurationSeconds: from 1 to 129600 here");
    const auto& issued = cloud_->session_keys().Issue(cloud_->Now() + std::chrono::seconds(life_s));
    XmlWriter xml;
    xml.Element("Credentials", [&] {
      xml.Text("AccessKeyId", issued.key.access_key_id);
      xml.Text("SecretAccessKey", issued.key.secret_access_key);
      xml.Text("SessionToken", issued.key.session_token);
      xml.Text("Expiration", FormatTime(issued.expiry));
    });
    return QueryAnswer(exchange.protocol, exchange.action, xml.text(), exchange.request_id);
  }

  void Answer(const ExchangePtr& exchange, HttpResponse response) {
    if (!exchange->action.empty()) {
      cloud_->truth().AddCall(exchange->action, exchange->scope.region, exchange->received,
                              Clock::now());
    }
    response.headers.emplace_back("Date", HttpDate(cloud_->Now()));
    cloud_->timers().After(exchange->one_way, [exchange, response = std::move(response)] {
      exchange->respond(response);
    });
  }

  Cloud* cloud_;
  ActionTable actions_;
  RequestLimits limits_;
  std::map<std::string, std::uint64_t> call_counts_;
  HttpServer server_;
};

Gateway::Gateway(event_base* base, Cloud* cloud, std::uint16_t port)
    : impl_(std::make_unique<Impl>(base, cloud, port)) {}
Gateway::~Gateway() = default;

std::uint16_t Gateway::port() const { return impl_->port(); }

}  // namespace localcloud
