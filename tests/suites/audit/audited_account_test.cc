#include "suites/audit/audited_account.h"

#include <gmock/gmock.h>

namespace suites {
namespace {

using testing::UnorderedElementsAre;

TEST(AuditedAccountTest, NothingOfTheUsersAwsAccountIsPassedOn) {
  EXPECT_THAT(AuditedEnvironment({"HOME=/home/me", "AWS_PROFILE=mine", "AWS_SESSION_TOKEN=secret",
                                  "AWS_ACCESS_KEY_ID=AKIAMINE", "AWS_ENDPOINT_URL_EC2=https://x",
                                  "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://x", "LAWS_=kept"},
                                 {{"AWS_ACCESS_KEY_ID", "AKIACLOUD"}, {"AUDIT_SSH_PORT", "2222"}}),
              UnorderedElementsAre("HOME=/home/me", "LAWS_=kept", "AWS_ACCESS_KEY_ID=AKIACLOUD",
                                   "AUDIT_SSH_PORT=2222", "NO_PROXY=127.0.0.1,localhost",
                                   "no_proxy=127.0.0.1,localhost"));
}

TEST(AuditedAccountTest, HowToolsPrintAndRetryIsKept) {
  EXPECT_THAT(AuditedEnvironment({"AWS_DEFAULT_OUTPUT=text", "AWS_RETRY_MODE=adaptive",
                                  "AWS_MAX_ATTEMPTS=9", "AWS_MAX_ATTEMPTS_OF_MINE=1"},
                                 {}),
              UnorderedElementsAre("AWS_DEFAULT_OUTPUT=text", "AWS_RETRY_MODE=adaptive",
                                   "AWS_MAX_ATTEMPTS=9", "NO_PROXY=127.0.0.1,localhost",
                                   "no_proxy=127.0.0.1,localhost"));
}

TEST(AuditedAccountTest, TheCloudIsAddedToTheHostsThatNeedNoProxy) {
  EXPECT_THAT(
      AuditedEnvironment({"HTTP_PROXY=http://proxy", "NO_PROXY=intranet", "no_proxy="}, {}),
      UnorderedElementsAre("HTTP_PROXY=http://proxy", "NO_PROXY=intranet,127.0.0.1,localhost",
                           "no_proxy=127.0.0.1,localhost"));
}

TEST(AuditedAccountTest, AVariableThatIsSetAlreadyIsReplaced) {
  EXPECT_THAT(AuditedEnvironment({"AUDIT_KEY_FILE=old", "NO_PROXY=a", "no_proxy=b"},
                                 {{"AUDIT_KEY_FILE", "new"}}),
              UnorderedElementsAre("AUDIT_KEY_FILE=new", "NO_PROXY=a,127.0.0.1,localhost",
                                   "no_proxy=b,127.0.0.1,localhost"));
}

}  // namespace
}  // namespace suites
