#include "aws/service_quotas.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;

TEST(ServiceQuotas, ReadsAQuota) {
  ScriptedAnswer answer;
  answer.body = R"({"Quota":{"QuotaCode":"L-1216C47A","Value":32.0,"Unit":"None"}})";
  ScriptedHttpServer server({answer});
  EXPECT_EQ(
      ServiceQuotas(ClientFor(server, "servicequotas")).GetServiceQuota("ec2", "L-1216C47A", {}),
      32.0);
  const auto sent = server.requests().at(0);
  EXPECT_EQ(sent.headers.at("x-amz-target"), "ServiceQuotasV20190624.GetServiceQuota");
  EXPECT_EQ(nlohmann::json::parse(sent.body),
            nlohmann::json({{"ServiceCode", "ec2"}, {"QuotaCode", "L-1216C47A"}}));
}

TEST(ServiceQuotas, AnUnknownQuotaIsTheServicesError) {
  ScriptedAnswer answer;
  answer.status = 400;
  answer.body = R"({"__type":"NoSuchResourceException","Message":"no"})";
  ScriptedHttpServer server({answer});
  ServiceQuotas quotas(ClientFor(server, "servicequotas"));
  EXPECT_EQ(ErrorOf([&] { quotas.GetServiceQuota("ec2", "L-0", {}); }).code(),
            "NoSuchResourceException");
}

TEST(ServiceQuotas, RefusesAnAnswerWithoutAValue) {
  for (const char* body : {"{}", "[]", "", R"({"Quota":{"Value":"7"}})", R"({"Quota":[]})"}) {
    ScriptedAnswer answer;
    answer.body = body;
    ScriptedHttpServer server({answer});
    ServiceQuotas quotas(ClientFor(server, "servicequotas"));
    EXPECT_EQ(ErrorOf([&] { quotas.GetServiceQuota("ec2", "L-1", {}); }).kind(),
              Error::Kind::kProtocol)
        << body;
  }
}

}  // namespace
}  // namespace aws
