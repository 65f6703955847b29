#include "aws/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "aws/credential_process.h"
#include "aws/error.h"
#include "tests/aws/client_maker.h"
#include "tests/support/scripted_http_server.h"
#include "tests/support/wait_until.h"

namespace aws {
namespace {

using testing::HasSubstr;
using testing::Not;

// Sets an empty home and removes AWS's variables. Restores nothing: each test has its own process.
class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    for (const char* name :
         {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
          "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
          "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
          "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
          "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"}) {
      unsetenv(name);
    }
    std::string pattern = testing::TempDir() + "credentials_test.XXXXXX";
    home_ = mkdtemp(pattern.data());
    std::filesystem::create_directory(home_ + "/.aws");
    setenv("HOME", home_.c_str(), 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  }
  ~CredentialsTest() override { std::filesystem::remove_all(home_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(home_ + "/" + name) << text;
  }

  // Writes a program into a directory of its own. PATH becomes this directory and the shell's.
  void OnPath(const std::string& name, const std::string& script) {
    std::filesystem::create_directories(home_ + "/bin");
    Write("bin/" + name, "#!/bin/sh\n" + script);
    std::filesystem::permissions(home_ + "/bin/" + name, std::filesystem::perms::owner_all);
    setenv("PATH", (home_ + "/bin").c_str(), 1);
  }

  std::string home_;
};

TEST_F(CredentialsTest, TheEnvironmentComesFirst) {
  Write(".aws/credentials", "[default]\naws_access_key_id=F\naws_secret_access_key=f\n");
  setenv("AWS_ACCESS_KEY_ID", "E", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "e", 1);
  setenv("AWS_SESSION_TOKEN", "t", 1);
  const Credentials credentials = LoadCredentials();
  EXPECT_EQ(credentials.access_key_id, "E");
  EXPECT_EQ(credentials.secret_access_key, "e");
  EXPECT_EQ(credentials.session_token, "t");
  EXPECT_EQ(credentials.source, "environment");
}

TEST_F(CredentialsTest, ThenTheCredentialsFileThenTheConfigFile) {
  Write(".aws/config", "[default]\naws_access_key_id=C\naws_secret_access_key=c\n");
  EXPECT_EQ(LoadCredentials().access_key_id, "C");
  const std::string token(1500, 'T');
  Write(".aws/credentials",
        "[default]\naws_access_key_id=F\naws_secret_access_key=f\n"
        "aws_session_token=" +
            token + "\n");
  const Credentials credentials = LoadCredentials();
  EXPECT_EQ(credentials.access_key_id, "F");
  EXPECT_EQ(credentials.session_token, token);
  EXPECT_EQ(credentials.source, "profile default in " + home_ + "/.aws/credentials");
}

TEST_F(CredentialsTest, AProfileWithoutKeysInOneFileMayHaveThemInTheOther) {
  Write(".aws/credentials", "[dev]\nregion=us-west-2\n");
  Write(".aws/config", "[profile dev]\naws_access_key_id=C\naws_secret_access_key=c\n");
  setenv("AWS_PROFILE", "dev", 1);
  EXPECT_EQ(LoadCredentials().access_key_id, "C");
}

TEST_F(CredentialsTest, FilesCanBeElsewhere) {
  Write("other", "[dev]\naws_access_key_id=O\naws_secret_access_key=o\n");
  setenv("AWS_SHARED_CREDENTIALS_FILE", "~/other", 1);
  setenv("AWS_PROFILE", "dev", 1);
  EXPECT_EQ(LoadCredentials().access_key_id, "O");
}

TEST_F(CredentialsTest, InTheConfigFileOnlyDefaultGoesWithoutTheWordProfile) {
  Write(".aws/config", "[dev]\naws_access_key_id=C\naws_secret_access_key=c\n");
  setenv("AWS_PROFILE", "dev", 1);
  const Error error = ErrorOf([] { LoadCredentials(); });
  EXPECT_EQ(error.kind(), Error::Kind::kCredentials);
  EXPECT_THAT(error.what(), HasSubstr("AWS_PROFILE names dev"));
  EXPECT_THAT(error.what(), HasSubstr(home_ + "/.aws/config"));
}

TEST_F(CredentialsTest, HalfAKeyPairIsNamed) {
  setenv("AWS_ACCESS_KEY_ID", "AKIAGEHEIM", 1);
  Error error = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(error.what(), HasSubstr("AWS_SECRET_ACCESS_KEY is not"));
  EXPECT_THAT(error.what(), Not(HasSubstr("GEHEIM")));
  unsetenv("AWS_ACCESS_KEY_ID");
  Write(".aws/credentials", "[default]\naws_secret_access_key=GEHEIM\n");
  const Error in_file = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(in_file.what(), HasSubstr("no aws_access_key_id"));
  EXPECT_THAT(in_file.what(), Not(HasSubstr("GEHEIM")));
}

TEST_F(CredentialsTest, NothingFoundSaysWhatToDo) {
  const Error error = ErrorOf([] { LoadCredentials(); });
  EXPECT_EQ(error.kind(), Error::Kind::kCredentials);
  EXPECT_THAT(error.what(), HasSubstr("AWS_ACCESS_KEY_ID"));
}

TEST_F(CredentialsTest, AProcessIsAskedAsTheShellWould) {
  Write("tool",
        "printf '{\"Version\": 1, \"AccessKeyId\": \"P\", \"SecretAccessKey\": \"%s\", "
        "\"SessionToken\": \"t\", \"Expiration\": \"2030-01-02T03:04:05+01:00\"}' \"$1\"\n"
        "echo GEHEIM >&2\n");
  Write(".aws/config", "[profile dev]\ncredential_process = sh " + home_ + "/tool 'p q'\n");
  setenv("AWS_PROFILE", "dev", 1);
  const Credentials credentials = LoadCredentials();
  EXPECT_EQ(credentials.access_key_id, "P");
  EXPECT_EQ(credentials.secret_access_key, "p q");
  EXPECT_EQ(credentials.session_token, "t");
  EXPECT_EQ(credentials.expiry, std::chrono::system_clock::from_time_t(1893549845));
  EXPECT_THAT(credentials.source, HasSubstr("credential_process of profile dev"));
}

// Some tools write this date for "never". system_clock cannot represent it.
TEST_F(CredentialsTest, WhatExpiresInTheYear9999HasNotExpired) {
  Write(".aws/config",
        "[default]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"P\", "
        "\"SecretAccessKey\": \"S\", \"Expiration\": \"9999-12-31T23:59:59Z\"}'\n");
  const Credentials credentials = LoadCredentials();
  ASSERT_TRUE(credentials.expiry);
  EXPECT_GT(*credentials.expiry, std::chrono::system_clock::now() + std::chrono::hours(24));
}

TEST_F(CredentialsTest, AProcessThatFailsIsNamedAndWhatItSaidIsNot) {
  for (const char* process : {"sh -c 'echo GEHEIM; echo GEHEIM >&2; exit 3'", "echo GEHEIM",
                              "echo '{\"AccessKeyId\": \"GEHEIM\"}'",
                              "echo '{\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"GEHEIM\", "
                              "\"Expiration\": \"soon\"}'",
                              "echo '{\"Version\": \"1\", \"AccessKeyId\": \"A\", "
                              "\"SecretAccessKey\": \"GEHEIM\"}'"}) {
    Write(".aws/config", std::string("[default]\ncredential_process = ") + process + "\n");
    const Error error = ErrorOf([] { LoadCredentials(); });
    EXPECT_EQ(error.kind(), Error::Kind::kCredentials) << process;
    EXPECT_THAT(error.what(), HasSubstr("credential_process of profile default")) << process;
    EXPECT_THAT(error.what(), Not(HasSubstr("GEHEIM"))) << process;
  }
}

TEST_F(CredentialsTest, WhatOnlyTheAwsCliCanDoItDoes) {
  OnPath("aws",
         "[ \"$*\" = 'configure export-credentials --format process --profile dev' ] || exit 9\n"
         "echo '{\"Version\": 1, \"AccessKeyId\": \"S\", \"SecretAccessKey\": \"s\"}'\n");
  setenv("AWS_PROFILE", "dev", 1);
  for (const char* setting : {"sso_session = corp", "role_arn = arn:aws:iam::1:role/r",
                              "web_identity_token_file = /t", "sso_start_url = https://x"}) {
    Write(".aws/config", std::string("[profile dev]\n") + setting + "\n");
    const Credentials credentials = LoadCredentials();
    EXPECT_EQ(credentials.access_key_id, "S") << setting;
    EXPECT_THAT(credentials.source, HasSubstr("through the AWS CLI"));
  }
}

TEST_F(CredentialsTest, ARoleGoesBeforeTheKeysThatItIsAssumedWith) {
  OnPath("aws", "echo '{\"Version\": 1, \"AccessKeyId\": \"R\", \"SecretAccessKey\": \"r\"}'\n");
  Write(".aws/credentials", "[default]\naws_access_key_id=F\naws_secret_access_key=f\n");
  Write(".aws/config", "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\n");
  EXPECT_EQ(LoadCredentials().access_key_id, "R");
}

TEST_F(CredentialsTest, WebIdentityOfTheEnvironmentGoesThroughTheAwsCliToo) {
  OnPath("aws", "echo '{\"Version\": 1, \"AccessKeyId\": \"W\", \"SecretAccessKey\": \"w\"}'\n");
  setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/token", 1);
  setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/r", 1);
  EXPECT_EQ(LoadCredentials().access_key_id, "W");
}

TEST_F(CredentialsTest, AMissingOrFailingAwsCliIsSaidWithWhatToDo) {
  Write(".aws/config", "[profile dev]\nsso_session = corp\n");
  setenv("AWS_PROFILE", "dev", 1);
  setenv("PATH", home_.c_str(), 1);
  const Error missing = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(missing.what(), HasSubstr("profile dev in " + home_ + "/.aws/config (sso_session)"));
  EXPECT_THAT(missing.what(), HasSubstr("there is no aws on PATH: install it"));

  OnPath("aws", "echo 'Error of a plugin: SecretAccessKey=GEHEIM' >&2; exit 255\n");
  const Error failing = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(failing.what(), HasSubstr("ended with status 255"));
  EXPECT_THAT(failing.what(), HasSubstr("`aws sts get-caller-identity --profile dev`"));
  EXPECT_THAT(failing.what(), Not(HasSubstr("GEHEIM")));

  OnPath("aws", "echo 'aws: error: argument: Invalid choice, valid choices are:' >&2; exit 2\n");
  const Error old = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(old.what(), HasSubstr("version 2 has it"));
}

// The real AWS CLI, if Debian's is installed. (Another one on PATH may be version 1.)
TEST_F(CredentialsTest, TheRealAwsCliExportsThem) {
  setenv("PATH", "/usr/bin:/bin", 1);
  if (std::system("aws --version 2>&1 | grep -q '^aws-cli/2'") != 0)
    GTEST_SKIP() << "no AWS CLI v2 in /usr/bin";
  Write(".aws/config",
        "[profile dev]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"X\", "
        "\"SecretAccessKey\": \"x\", \"SessionToken\": \"t\", \"Expiration\": "
        "\"2030-01-02T03:04:05Z\"}'\n"
        "[profile sso]\nsso_session = none\nsso_account_id = 1\nsso_role_name = r\n"
        "[sso-session none]\nsso_region = us-west-2\nsso_start_url = http://127.0.0.1:9\n");
  const Credentials exported = ExportFromAwsCli("dev", "the test");
  EXPECT_EQ(exported.access_key_id, "X");
  EXPECT_EQ(exported.expiry, std::chrono::system_clock::from_time_t(1893553445));
  setenv("AWS_PROFILE", "sso", 1);
  const Error error = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(error.what(), HasSubstr("(sso_session): aws configure export-credentials ended "));
}

constexpr char kAnswer[] =
    R"({"Code": "Success", "AccessKeyId": "M", "SecretAccessKey": "m", "Token": "t",
        "Expiration": "2030-01-02T03:04:05Z"})";

TEST_F(CredentialsTest, AContainersServiceIsAskedWithItsToken) {
  test_support::ScriptedHttpServer server(
      [](const test_support::ScriptedRequest& request) -> test_support::ScriptedAnswer {
        const auto authorization = request.headers.find("authorization");
        const bool welcome =
            authorization != request.headers.end() && authorization->second == "GEHEIM";
        return {.status = welcome && request.target == "/v1/c" ? 200 : 403,
                .body = kAnswer,
                .headers = {}};
      });
  setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", (server.url() + "/v1/c").c_str(), 1);
  setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "GEHEIM", 1);
  const Credentials credentials = LoadCredentials();
  EXPECT_EQ(credentials.access_key_id, "M");
  EXPECT_EQ(credentials.session_token, "t");
  EXPECT_EQ(credentials.expiry, std::chrono::system_clock::from_time_t(1893553445));

  Write("token", "GEHEIM\n");
  setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another", 1);
  const Error refused = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(refused.what(), HasSubstr("answered HTTP 403"));
  setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", (home_ + "/token").c_str(), 1);
  EXPECT_EQ(LoadCredentials().access_key_id, "M") << "the file goes first";
}

TEST_F(CredentialsTest, AMetadataServicesKeysHaveToBeOfUse) {
  std::string answer;
  test_support::ScriptedHttpServer server(
      [&](const test_support::ScriptedRequest&) -> test_support::ScriptedAnswer {
        return {.status = 200, .body = answer, .headers = {}};
      });
  setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", (server.url() + "/v1/c").c_str(), 1);
  answer = R"({"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role"})";
  const Error refused = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(refused.what(), HasSubstr("the Code AssumeRoleUnauthorizedAccess"));
  answer = R"({"Code": "Success", "AccessKeyId": "M", "SecretAccessKey": "GEHEIM", "Token": "t",
               "Expiration": "2020-01-02T03:04:05Z"})";
  const Error expired = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(expired.what(), HasSubstr("metadata service gave keys that have expired"));
  EXPECT_THAT(expired.what(), HasSubstr("at 2020-01-02T03:04:05Z"));
  EXPECT_THAT(expired.what(), Not(HasSubstr("GEHEIM")));
}

TEST_F(CredentialsTest, AContainersTokenGoesNowhereElse) {
  setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "GEHEIM", 1);
  for (const char* url : {"http://example.com/c", "http://10.0.0.1/",
                          "http://127.0.0.1.example.com/", "ftp://127.0.0.1/", "nonsense"}) {
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
    const Error error = ErrorOf([] { LoadCredentials(); });
    EXPECT_THAT(error.what(), HasSubstr("AWS_CONTAINER_CREDENTIALS_FULL_URI must be")) << url;
  }
}

TEST_F(CredentialsTest, AnInstancesServiceIsAskedBySessionOnly) {
  test_support::ScriptedHttpServer server(
      [](const test_support::ScriptedRequest& request) -> test_support::ScriptedAnswer {
        const std::string roles = "/latest/meta-data/iam/security-credentials/";
        if (request.method == "PUT" && request.target == "/latest/api/token" &&
            request.headers.contains("x-aws-ec2-metadata-token-ttl-seconds")) {
          return {.status = 200, .body = "session", .headers = {}};
        }
        const auto token = request.headers.find("x-aws-ec2-metadata-token");
        if (token == request.headers.end() || token->second != "session")
          return {.status = 401, .body = "", .headers = {}};
        if (request.target == roles) return {.status = 200, .body = "bench\n", .headers = {}};
        if (request.target == roles + "bench")
          return {.status = 200, .body = kAnswer, .headers = {}};
        return {.status = 404, .body = "", .headers = {}};
      });
  setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", (server.url() + "/").c_str(), 1);
  setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
  const Credentials credentials = LoadCredentials();
  EXPECT_EQ(credentials.access_key_id, "M");
  EXPECT_THAT(credentials.source, HasSubstr("role bench"));
  setenv("AWS_EC2_METADATA_DISABLED", "TRUE", 1);
  EXPECT_THAT(ErrorOf([] { LoadCredentials(); }).what(), HasSubstr("no AWS credentials"));
}

TEST_F(CredentialsTest, AnInstanceWithoutARoleAndAServiceThatHangsAreNoCredentials) {
  setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
  test_support::ScriptedHttpServer without({{.status = 200, .body = "session", .headers = {}},
                                            {.status = 404, .body = "", .headers = {}}});
  setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", without.url().c_str(), 1);
  EXPECT_THAT(ErrorOf([] { LoadCredentials(); }).what(), HasSubstr("no AWS credentials"));
  test_support::ScriptedAnswer never;
  never.fault = test_support::ScriptedAnswer::Fault::kHang;
  test_support::ScriptedHttpServer hanging(std::vector{never});
  setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", hanging.url().c_str(), 1);
  EXPECT_THAT(ErrorOf([] { LoadCredentials(); }).what(), HasSubstr("no AWS credentials"));
}

// Returns the time at which a request was signed.
std::time_t SignedAt(const test_support::ScriptedRequest& request) {
  std::tm utc{};
  EXPECT_NE(strptime(request.headers.at("x-amz-date").c_str(), "%Y%m%dT%H%M%SZ", &utc), nullptr);
  return timegm(&utc);
}

// Each session token is the time at which it expires.
TEST_F(CredentialsTest, ARunOutlivesItsCredentials) {
  Write("tool",
        "date -u -d '+3 seconds' '+{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": "
        "\"s\", \"SessionToken\": \"%s\", \"Expiration\": \"%Y-%m-%dT%H:%M:%SZ\"}'\n");
  Write(".aws/config", "[default]\ncredential_process = sh " + home_ + "/tool\n");
  std::set<std::string> tokens;
  std::atomic<std::size_t> count{0};
  test_support::ScriptedHttpServer server([&](const test_support::ScriptedRequest& request) {
    const std::string token = request.headers.at("x-amz-security-token");
    EXPECT_LT(SignedAt(request), std::stoll(token)) << "an expired token was used";
    tokens.insert(token);
    count = tokens.size();
    return Ec2Answer("DescribeInstances", "<reservationSet/>");
  });
  ClientConfig config = ConfigFor(server.url());
  config.keeper = std::make_shared<CredentialKeeper>(&LoadCredentials);
  Client client(config);
  test_support::WaitUntil("the fourth token", [&] {
    client.CallQuery("DescribeInstances", "2016-11-15", {}, {});
    return count >= 4;
  });
}

TEST(CredentialKeeperTest, LongLivedOnesAreLoadedOnce) {
  int loads = 0;
  CredentialKeeper keeper([&](const std::stop_token&) {
    ++loads;
    return Credentials{"A", "s", "", "test"};
  });
  EXPECT_EQ(keeper.Get().access_key_id, "A");
  EXPECT_EQ(keeper.Get().access_key_id, "A");
  EXPECT_EQ(loads, 1);
}

TEST(CredentialKeeperTest, OldOnesServeWhileNewOnesFailAndThenTheFailureIsSaid) {
  std::atomic<bool> fails{false};
  std::atomic<int> loads{0};
  CredentialKeeper keeper([&](const std::stop_token&) {
    ++loads;
    if (fails) throw Error({.kind = Error::Kind::kCredentials, .message = "log in again"});
    return Credentials{"A", "s", "", "test",
                       std::chrono::system_clock::now() + std::chrono::milliseconds(1500)};
  });
  fails = true;
  test_support::WaitUntil("the second load", [&] { return loads >= 2; });
  std::string said;
  test_support::WaitUntil("the failure", [&] {
    try {
      keeper.Get();
    } catch (const Error& error) {
      said = error.what();
    }
    return !said.empty();
  });
  EXPECT_THAT(said, HasSubstr("log in again"));
  // All launches of a run ask. Not each of them loads.
  const int before = loads;
  for (int i = 0; i < 50; ++i) EXPECT_THROW(keeper.Get(), Error);
  EXPECT_LT(loads - before, 25);
  fails = false;
  test_support::WaitUntil("new credentials", [&] {
    try {
      return keeper.Get().access_key_id == "A";
    } catch (const Error&) {
      return false;
    }
  });
}

// The second run of the helper hangs, in the thread that renews them.
TEST_F(CredentialsTest, AHelperThatHangsDoesNotHoldUpTheEnd) {
  Write("tool", "echo x >> " + home_ + "/count\n[ $(wc -l < " + home_ +
                    "/count) = 1 ] || exec sleep 1000\n"
                    "date -u -d '+2 seconds' '+{\"Version\": 1, \"AccessKeyId\": \"A\", "
                    "\"SecretAccessKey\": \"s\", \"Expiration\": \"%Y-%m-%dT%H:%M:%SZ\"}'\n");
  Write(".aws/config", "[default]\ncredential_process = sh " + home_ + "/tool\n");
  std::string how_it_ended;
  auto keeper = std::make_unique<CredentialKeeper>([&](const std::stop_token& stop) {
    try {
      return LoadCredentials(stop);
    } catch (const Error& error) {
      how_it_ended = error.what();
      throw;
    }
  });
  test_support::WaitUntil("the helper's second start",
                          [&] { return std::filesystem::file_size(home_ + "/count") >= 2u * 2; });
  keeper.reset();
  EXPECT_THAT(how_it_ended, HasSubstr("was stopped"));
}

TEST_F(CredentialsTest, AMalformedFileIsNamedWithItsLine) {
  Write(".aws/credentials", "[default]\nGEHEIM\n");
  const Error error = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(error.what(), HasSubstr(home_ + "/.aws/credentials:2: "));
  EXPECT_THAT(error.what(), Not(HasSubstr("GEHEIM")));
}

}  // namespace
}  // namespace aws
