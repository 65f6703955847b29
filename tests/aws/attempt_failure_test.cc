#include "aws/attempt_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <string>

#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;
using testing::HasSubstr;
using testing::Not;

TEST(AttemptFailure, SaysWhatTheServiceSaid) {
  ScriptedHttpServer server(
      {Ec2Failure(400, "InvalidAMIID.NotFound", "The image id '[ami-1]'\n  does not exist")});
  const Error error = ErrorOf([&] { CallRun(*ClientFor(server), {}); });
  EXPECT_EQ(error.action(), "RunInstances");
  EXPECT_EQ(error.code(), "InvalidAMIID.NotFound");
  EXPECT_EQ(error.message(), "The image id '[ami-1]' does not exist");
  EXPECT_EQ(error.http_status(), 400);
  EXPECT_EQ(error.request_id(), "ea966190-f9aa-478e-9ede-example");
  EXPECT_STREQ(error.what(),
               "RunInstances: InvalidAMIID.NotFound: The image id '[ami-1]' does not exist "
               "(HTTP 400, request ea966190-f9aa-478e-9ede-example)");
}

TEST(AttemptFailure, AnUnreachableEndpointIsNamedSoon) {
  std::string url;
  {
    ScriptedHttpServer gone;
    url = gone.url();
  }
  Client client(ConfigFor(url));
  CallTally tally;
  const Error error =
      ErrorOf([&] { client.CallQuery("DescribeRegions", "2016-11-15", {}, {.tally = &tally}); });
  EXPECT_EQ(error.kind(), Error::Kind::kTransport);
  EXPECT_TRUE(error.retryable());
  EXPECT_EQ(error.what(),
            "DescribeRegions at " + url + ": connection refused; is the endpoint right and up?");
  EXPECT_EQ(tally.api_calls, 0);  // nothing was ever sent
}

TEST(AttemptFailure, AnUnknownHostIsNamed) {
  Client client(ConfigFor("http://ec2.no-such-region.invalid"));
  const Error error = ErrorOf([&] { CallRun(client, {}); });
  EXPECT_EQ(error.kind(), Error::Kind::kTransport);
  EXPECT_THAT(error.what(), HasSubstr("ec2.no-such-region.invalid"));
}

TEST(AttemptFailure, AnEndpointThatIsNotEc2IsNamed) {
  ScriptedAnswer page;
  page.status = 404;
  page.headers = {"Content-Type: text/html"};
  page.body = "<html><body>Not here</body></html>";
  ScriptedHttpServer server({page});
  const Error error = ErrorOf([&] { CallRun(*ClientFor(server), {}); });
  EXPECT_EQ(error.kind(), Error::Kind::kProtocol);
  EXPECT_THAT(error.what(), HasSubstr("HTTP 404"));
  EXPECT_THAT(error.what(), HasSubstr(server.url()));
}

// A proxy may refuse a request with a document of its own. Secrets in it are not repeated.
TEST(AttemptFailure, ARefusalInAnotherFormIsQuoted) {
  for (const int status : {401, 403}) {
    ScriptedAnswer refusal;
    refusal.status = status;
    refusal.headers = {"Content-Type: text/plain"};
    const std::string secret = ConfigFor("").credentials.secret_access_key;
    refusal.body = "category\ncloud is blocked here " + secret;
    ScriptedHttpServer server({refusal});
    const Error error = ErrorOf([&] { CallRun(*ClientFor(server), {}); });
    EXPECT_THAT(error.what(), HasSubstr("It said: category"));
    EXPECT_THAT(error.what(), HasSubstr("cloud is blocked here"));
    EXPECT_THAT(error.what(), Not(HasSubstr(secret)));
  }
}

TEST(AttemptFailure, WrongCredentialsNameTheirSourceAndNoSecret) {
  ClientConfig config = ConfigFor("http://replaced");
  config.credentials.session_token = "FwoGZXIvYXdzEXAMPLETOKEN";
  const ScriptedAnswer mismatch = Ec2Failure(
      403, "SignatureDoesNotMatch",
      "The canonical string should have been 'POST\n/\n\nx-amz-security-token:" +
          config.credentials.session_token + "' for " + config.credentials.secret_access_key);
  ScriptedHttpServer server({mismatch});
  config.endpoint_url = server.url();
  Client client(config);
  const Error error = ErrorOf([&] { CallRun(client, {}); });
  EXPECT_THAT(error.what(), HasSubstr("credentials from environment"));
  EXPECT_THAT(error.what(), Not(HasSubstr(config.credentials.session_token)));
  EXPECT_THAT(error.what(), Not(HasSubstr(config.credentials.secret_access_key)));
}

TEST(AttemptFailure, TellsWhenItIsTheClock) {
  ScriptedHttpServer server({Ec2Failure(400, "RequestExpired", "Request has expired.")});
  const Error error = ErrorOf([&] { CallRun(*ClientFor(server), {}); });
  EXPECT_THAT(error.what(), HasSubstr("clock"));
}

// The answer's Date header is the service's clock.
TEST(AttemptFailure, TellsTheClockFromKeysThatHaveExpired) {
  const auto error_at = [](std::chrono::minutes ahead) {
    const std::time_t at =
        std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + ahead);
    char date[64];
    std::tm utc{};
    strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &utc));
    ScriptedAnswer refusal = Ec2Failure(400, "RequestExpired", "Request has expired.");
    refusal.headers.emplace_back(date);
    ScriptedHttpServer server({refusal});
    ClientConfig config = ConfigFor(server.url());
    config.credentials.source = "the environment";
    Client client(config);
    return std::string(ErrorOf([&] { CallRun(client, {}); }).what());
  };
  EXPECT_THAT(error_at(std::chrono::minutes(0)),
              HasSubstr("the credentials have expired: they are from the environment"));
  EXPECT_THAT(error_at(std::chrono::minutes(60)), HasSubstr("clock is 3"));
  EXPECT_THAT(error_at(std::chrono::minutes(60)), HasSubstr("s behind"));
  EXPECT_THAT(error_at(std::chrono::minutes(-60)), HasSubstr("s ahead"));
}

TEST(AttemptFailure, ReadsJsonErrors) {
  ScriptedAnswer refusal;
  refusal.status = 400;
  refusal.headers = {"Content-Type: application/x-amz-json-1.1", "x-amzn-RequestId: abc-1"};
  refusal.body = R"({"__type":"com.amazonaws#ParameterNotFound","message":"no such"})";
  ScriptedHttpServer server({refusal});
  const auto client = ClientFor(server, "ssm");
  const Error error =
      ErrorOf([&] { client->CallJson("AmazonSSM", "GetParameter", "{}", CallOptions{}); });
  EXPECT_EQ(error.code(), "ParameterNotFound");
  EXPECT_EQ(error.request_id(), "abc-1");
}

}  // namespace
}  // namespace aws
