#include "aws/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "aws/error.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using testing::HasSubstr;
using testing::Not;

// An empty home, and none of AWS's variables. Each test is a process of its own; nothing is put
// back.
class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                             "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"}) {
      unsetenv(name);
    }
    std::string pattern = testing::TempDir() + "credentials_test.XXXXXX";
    home_ = mkdtemp(pattern.data());
    std::filesystem::create_directory(home_ + "/.aws");
    setenv("HOME", home_.c_str(), 1);
  }
  ~CredentialsTest() override { std::filesystem::remove_all(home_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(home_ + "/" + name) << text;
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

TEST_F(CredentialsTest, OtherSourcesArePointedAt) {
  Write(".aws/config", "[profile dev]\nsso_session = corp\n");
  setenv("AWS_PROFILE", "dev", 1);
  const Error error = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(error.what(), HasSubstr("sso_session"));
  EXPECT_THAT(error.what(), HasSubstr("aws configure export-credentials --profile dev"));
}

TEST_F(CredentialsTest, AMalformedFileIsNamedWithItsLine) {
  Write(".aws/credentials", "[default]\nGEHEIM\n");
  const Error error = ErrorOf([] { LoadCredentials(); });
  EXPECT_THAT(error.what(), HasSubstr(home_ + "/.aws/credentials:2: "));
  EXPECT_THAT(error.what(), Not(HasSubstr("GEHEIM")));
}

}  // namespace
}  // namespace aws
