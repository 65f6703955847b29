#include "localcloud/ec2/api/ec2_service.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "localcloud/ec2/api/dry_run.h"
#include "localcloud/http/query_parameters.h"
#include "localcloud/http/xml_writer.h"

namespace localcloud {
namespace {

constexpr const char* kNamespace = "http://ec2.amazonaws.com/doc/2016-11-15/";

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

}  // namespace

Ec2Service::Ec2Service(FindRegion find_region, double time_scale)
    : find_region_(std::move(find_region)), actions_(AllActions()), limits_(time_scale) {}

std::vector<std::string> Ec2Service::OperationNames() {
  std::vector<std::string> names;
  for (const auto& [name, action] : AllActions()) names.push_back(name);
  return names;
}

bool Ec2Service::Recognizes(const HttpRequest& request, const std::string& signed_for) const {
  return signed_for == "ec2" && !IsPresigned(request);
}

std::string Ec2Service::OperationOf(const HttpRequest& request) const {
  return QueryParameters::Of(request).RequireAction();
}

bool Ec2Service::Admit(const ServiceCall& call) {
  const Region& region = *find_region_(call.region);
  return limits_.Admit(region.name, call.operation, QueryParameters::Of(call.request),
                       region.latencies.request_rates, call.received);
}

void Ec2Service::Run(const ServiceCall& call, const Respond& respond) {
  const auto action = actions_.find(call.operation);
  if (action == actions_.end()) {
    throw ApiError("InvalidAction", fmt::format("The action {} is not valid for this web service: "
                                                "localcloud does not have it.",
                                                call.operation));
  }
  Region& region = *find_region_(call.region);
  const QueryParameters parameters = QueryParameters::Of(call.request);
  CheckParameterNames(parameters, action->second);
  if (parameters.GetBool("DryRun", false)) {
    RequireNamedResources(region, parameters);
    if (!action->second.checks_dry_run) ThrowDryRunOperation();
  }
  XmlWriter children;
  Call ec2_call{region, parameters, children, call.received};
  action->second.run(ec2_call);
  XmlWriter xml;
  const std::string root = call.operation + "Response";
  xml.Open(root, kNamespace);
  xml.Text("requestId", call.request_id);
  xml.Raw(children.text());
  xml.Close(root);
  HttpResponse response = XmlAnswer(200, xml.text(), call.request_id);
  if (!ec2_call.answers.empty()) {
    response.on_sent = [answers = std::move(ec2_call.answers), received = call.received] {
      for (auto [boot, answer] : answers) {
        answer.received = received;
        answer.sent = Clock::now();
        boot->AddAnswer(answer);
      }
    };
  }
  respond(response);
}

HttpResponse Ec2Service::Refusal(const HttpRequest& /*request*/, const ApiError& error,
                                 const std::string& request_id) const {
  XmlWriter xml;
  xml.Element("Response", [&] {
    xml.Element("Errors", [&] {
      xml.Element("Error", [&] {
        xml.Text("Code", error.code());
        xml.Text("Message", error.what());
      });
    });
    xml.Text("RequestID", request_id);
  });
  return XmlAnswer(error.http_status(), xml.text(), request_id);
}

ApiError Ec2Service::SignatureError(SignatureVerdict verdict, const std::string& reason) const {
  switch (verdict) {
    case SignatureVerdict::kMissing:
      return {"MissingAuthenticationToken", "Request is missing Authentication Token", 403};
    case SignatureVerdict::kIncomplete:
      return {"IncompleteSignature", reason, 400};
    case SignatureVerdict::kExpired:
      return {"RequestExpired", "Request has expired: " + reason, 400};
    default:
      return {"AuthFailure",
              "AWS was not able to validate the provided access credentials (" + reason + ")", 401};
  }
}

ApiError Ec2Service::ExpiredSession() const { return {"RequestExpired", "Request has expired."}; }

ApiError Ec2Service::WrongScope(const HttpRequest& /*request*/, const std::string& reason) const {
  return {"AuthFailure", reason, 403};
}

}  // namespace localcloud
