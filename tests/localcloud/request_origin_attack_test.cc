// Web pages whose name resolves to loopback, and guests, request what belongs to the host's user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/localcloud/http_client.h"
#include "tests/localcloud/signed_cloud.h"

namespace localcloud {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RequestOriginAttack : public ::testing::Test {
 protected:
  HttpAnswer Get(const std::string& path, const std::vector<std::string>& headers = {}) {
    return client_.Send(cloud_.endpoint_url() + path, "", "", "", headers);
  }

  HttpClient client_;
  SignedCloud cloud_;
};

TEST_F(RequestOriginAttack, NamesThatAPageCanHaveAreRefused) {
  for (const char* host : {"evil.example", "evil.example:80", "127.0.0.1.evil.example", "192.0.2.1",
                           "localhost.evil.example", "xlocalhost", "[::2]", "127.0.0.1@evil"}) {
    for (const char* path : {"/_localcloud/account", "/_localcloud/truth", "/ping", "/"}) {
      const HttpAnswer answer = Get(path, {std::string("Host: ") + host});
      EXPECT_EQ(answer.status, 421) << host << path;
      EXPECT_THAT(answer.body, HasSubstr("Host header")) << host;
      EXPECT_EQ(std::count(answer.body.begin(), answer.body.end(), '\n'), 1);
    }
  }
}

TEST_F(RequestOriginAttack, LoopbacksNamesAreAnswered) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:8080", "localhost", "LocalHost:1", "[::1]:80",
                           "bucket.localhost:99", "127.1.2.3"}) {
    EXPECT_EQ(Get("/_localcloud/account", {std::string("Host: ") + host}).status, 200) << host;
    EXPECT_EQ(Get("/ping", {std::string("Host: ") + host}).status, 200) << host;
  }
}

TEST_F(RequestOriginAttack, PagesOfOtherSitesAreRefusedToolsPaths) {
  EXPECT_EQ(Get("/_localcloud/account", {"Origin: http://evil.example"}).status, 403);
  EXPECT_EQ(Get("/_localcloud/account", {"Origin: null"}).status, 403);
  EXPECT_EQ(Get("/_localcloud/account", {"Sec-Fetch-Site: cross-site"}).status, 403);
  EXPECT_EQ(Get("/_localcloud/account", {"Sec-Fetch-Site: same-site"}).status, 403);
  EXPECT_EQ(Get("/_localcloud/account", {"Sec-Fetch-Site: none"}).status, 200);
}

TEST_F(RequestOriginAttack, GuestsCannotReadTheAccountButReachTheEndpoint) {
  const std::string script =
      "#!/bin/sh\n"
      "for path in ping _localcloud/account _localcloud/truth _localcloud/info; do\n"
      "  curl -s -m 20 -w ' %{http_code}\\n' " +
      cloud_.endpoint_url() +
      "/$path\n"
      "done\necho asked-all\n";
  const std::string console = cloud_.ConsoleOf(cloud_.Launch(script, 1), "asked-all");
  EXPECT_THAT(console, HasSubstr("healthy: localcloud, time scale 0 200"));
  EXPECT_THAT(console, HasSubstr("not for guests"));
  EXPECT_THAT(console, Not(HasSubstr("\"regions\"")));
  EXPECT_THAT(console, Not(HasSubstr("\"profile\"")));
  EXPECT_THAT(console, Not(HasSubstr("RunInstances")));
}

}  // namespace
}  // namespace localcloud
