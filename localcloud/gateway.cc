#include "localcloud/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "localcloud/cloud.h"
#include "localcloud/ec2/state/region_shapes.h"
#include "localcloud/http/dates.h"
#include "localcloud/http/http_server.h"
#include "localcloud/loop/timers.h"
#include "localcloud/loop/uuid.h"
#include "localcloud/model/truth.h"
#include "localcloud/request_origin.h"
#include "localcloud/services.h"
#include "localcloud/tools_answer.h"

namespace localcloud {
namespace {

// One request in progress. The timers that it waits for hold it.
struct Exchange {
  ServiceCall call;
  HttpServer::Respond respond;
  std::chrono::nanoseconds one_way{};
  CredentialScope scope;
  Service* service = nullptr;
  CallFault fault;
};
using ExchangePtr = std::shared_ptr<Exchange>;

}  // namespace

class Gateway::Impl {
 public:
  Impl(event_base* base, Cloud* cloud)
      : base_(base), cloud_(cloud), services_(MakeServices(cloud)) {}

  void Listen(OwnedFd listener) {
    servers_.push_back(
        std::make_unique<HttpServer>(base_, std::move(listener), Limits(),
                                     [this](HttpRequest request, HttpServer::Respond respond) {
                                       OnRequest(std::move(request), std::move(respond));
                                     }));
  }

 private:
  // Returns EC2 for a request that no service recognizes: Authenticate() refuses it with EC2's
  // error.
  Service* ServiceOf(const HttpRequest& request, const std::string& signed_for) const {
    for (const auto& service : services_) {
      if (service->Recognizes(request, signed_for)) return service.get();
    }
    return services_.front().get();
  }

  // A client without an access key of this cloud may send only as much as EC2's calls need, so that
  // it cannot make this process hold more memory. Only S3's objects are larger.
  BodyLimits Limits() {
    BodyLimits limits;
    limits.of_request = [this](const HttpRequest& head) {
      const auto scope = ReadCredentialScope(head).value_or(CredentialScope{});
      const Service& service =
          IsOurs(scope.access_key_id) ? *ServiceOf(head, scope.service) : *services_.front();
      return service.max_body_bytes();
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
    const auto scope = ReadCredentialScope(head);
    const Service& service = *ServiceOf(head, scope.value_or(CredentialScope{}).service);
    const std::string request_id = NewUuid();
    if (excess == BodyLimits::Excess::kOfServer)
      return service.Refusal(head, service.TooBusy(), request_id);
    if (!scope || !IsOurs(scope->access_key_id)) {
      const auto verdict = scope ? SignatureVerdict::kUnknownKey : SignatureVerdict::kMissing;
      return service.Refusal(
          head, service.SignatureError(verdict, "the request names no access key of this cloud"),
          request_id);
    }
    return service.BodyTooLarge(head, request_id);
  }

  void OnRequest(HttpRequest request, HttpServer::Respond respond) {
    const bool is_of_a_tool = request.path.starts_with("/_localcloud/");
    if (const auto refusal = RefusedOrigin(request)) {
      const auto now = Clock::now();
      if (!is_of_a_tool)
        cloud_->truth().AddCall("", "", now, now, fmt::format("HTTP {}", refusal->status));
      respond(*refusal);
      return;
    }
    if (is_of_a_tool) {
      respond(ToolsAnswer(*cloud_, request.path));
      return;
    }
    auto exchange = std::make_shared<Exchange>();
    exchange->call.request = std::move(request);
    exchange->respond = std::move(respond);
    // All regions share the endpoint. The credential scope names the region, which determines the
    // round trip. The scope is verified when the request has arrived.
    exchange->scope = ReadCredentialScope(exchange->call.request).value_or(CredentialScope{});
    exchange->one_way = cloud_->RoundTrip(exchange->scope.region) / 2;
    cloud_->timers().After(exchange->one_way, [this, exchange] { Arrive(exchange); });
  }

  // EC2 answers "healthy". Callers that keep to EC2's request rates also need the time scale, and
  // whether requests are limited here.
  std::string Health(const std::string& region_name) const {
    const Region* const region = cloud_->FindRegion(region_name);
    const bool unlimited = region != nullptr && region->latencies.request_rates.empty();
    return fmt::format("healthy: localcloud, time scale {}{}", cloud_->options().time_scale,
                       unlimited ? ", no request rates" : "");
  }

  void Arrive(const ExchangePtr& exchange) {
    ServiceCall& call = exchange->call;
    call.received = Clock::now();
    call.request_id = NewUuid();
    exchange->service = ServiceOf(call.request, exchange->scope.service);
    Service& service = *exchange->service;
    if (call.request.method == "GET" && call.request.path == "/ping") {
      Answer(exchange, {200, "text/plain", {}, Health(exchange->scope.region)});
      return;
    }
    if (call.request.body.size() > service.max_body_bytes()) {
      Answer(exchange, service.BodyTooLarge(call.request, call.request_id), "EntityTooLarge");
      return;
    }
    try {
      Authenticate(exchange.get());
      call.operation = service.OperationOf(call.request);
    } catch (const ApiError& error) {
      Answer(exchange, service.Refusal(call.request, error, call.request_id), error.code());
      return;
    }
    exchange->fault = cloud_->faults().NextCall(call.operation);
    // The service's own time for the call. The call takes effect at its end.
    const Region& region = *cloud_->FindRegion(call.region);
    std::string kind = call.operation;
    if (!service.Admit(call)) {
      exchange->fault.error = TooManyRequests();
      // Refused before any work, so it takes the same time for every call.
      kind = "RequestLimitExceeded";
    }
    const std::string key = fmt::format("{}/{}", kind, call_counts_[region.name + kind]++);
    cloud_->timers().After(region.Draw(region.latencies.Api(kind), key) + exchange->fault.delay,
                           [this, exchange] { Execute(exchange); });
  }

  static HttpResponse Damaged(const Exchange& exchange, HttpResponse response) {
    if (exchange.fault.damage != CallFault::Damage::kNone) response.on_sent = nullptr;
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
    if (cloud_->faults().clock_skew().count() != 0) cloud_->faults().Hit();
    HttpRequest& request = exchange->call.request;
    const Service& service = *exchange->service;
    const CredentialScope& scope = exchange->scope;
    const auto now = cloud_->Now();
    const auto* session = cloud_->session_keys().Find(scope.access_key_id);
    const AccessKey& key = session != nullptr ? session->key : cloud_->access_key();
    std::string reason;
    const SignatureVerdict verdict = VerifySignature(request, key, now, &reason);
    if (verdict != SignatureVerdict::kValid) throw service.SignatureError(verdict, reason);
    if (session != nullptr && now >= session->expiry) throw service.ExpiredSession();
    if (!service.Recognizes(request, scope.service)) {
      throw service.WrongScope(request,
                               fmt::format("localcloud has no service '{}'", scope.service));
    }
    if (cloud_->FindRegion(scope.region) == nullptr) {
      throw service.WrongScope(
          request, fmt::format("Credential should be scoped to a valid region: localcloud has {}, "
                               "not '{}'",
                               fmt::join(RegionNames(), ", "), scope.region));
    }
    exchange->call.region = scope.region;
    service.Unwrap(&request, key);
  }

  void Execute(const ExchangePtr& exchange) {
    const ServiceCall& call = exchange->call;
    const auto refuse = [&](const ApiError& error) {
      Answer(exchange,
             Damaged(*exchange, exchange->service->Refusal(call.request, error, call.request_id)),
             error.code());
    };
    try {
      if (exchange->fault.error) throw ApiError(*exchange->fault.error);
      exchange->service->Run(call, [this, exchange](const HttpResponse& response) {
        Answer(exchange, Damaged(*exchange, response));
      });
    } catch (const ApiError& error) {
      refuse(error);
    } catch (const std::exception& failure) {
      refuse(ApiError("InternalError", failure.what(), 500));
    }
  }

  // Anybody can send a request that is refused, so its text is not recorded: operation and region
  // are empty unless this cloud has them.
  void Record(const Exchange& exchange, const std::string& error) {
    const ServiceCall& call = exchange.call;
    if (call.operation.empty() && error.empty()) return;  // a ping
    const std::string& region = exchange.scope.region;
    cloud_->truth().AddCall(call.operation.empty() ? NamedOperation(exchange) : call.operation,
                            cloud_->FindRegion(region) != nullptr ? region : "", call.received,
                            Clock::now(), error);
  }

  static std::string NamedOperation(const Exchange& exchange) {
    try {
      const std::string name = exchange.service->OperationOf(exchange.call.request);
      return std::ranges::binary_search(ActionNames(), name) ? name : "";
    } catch (const ApiError&) {
      return "";
    }
  }

  // `error` is the code of a refusal; empty if the call was carried out.
  void Answer(const ExchangePtr& exchange, HttpResponse response, const std::string& error = "") {
    Record(*exchange, error);
    if (response.on_sent) response.on_sent();
    response.headers.emplace_back("Date", HttpDate(cloud_->Now()));
    cloud_->timers().After(exchange->one_way, [exchange, response = std::move(response)] {
      exchange->respond(response);
    });
  }

  event_base* base_;
  Cloud* cloud_;
  const std::vector<std::unique_ptr<Service>> services_;
  std::map<std::string, std::uint64_t> call_counts_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
};

Gateway::Gateway(event_base* base, Cloud* cloud, OwnedFd listener)
    : impl_(std::make_unique<Impl>(base, cloud)) {
  impl_->Listen(std::move(listener));
}
Gateway::~Gateway() = default;

void Gateway::ListenAlso(OwnedFd listener) { impl_->Listen(std::move(listener)); }

}  // namespace localcloud
