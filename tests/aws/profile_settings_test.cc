#include "aws/profile_settings.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "aws/error.h"

namespace aws {
namespace {

using testing::HasSubstr;

class ProfileSettingsTest : public testing::Test {
 protected:
  ProfileSettingsTest() {
    char name[] = "/tmp/profile_settings_test-XXXXXX";
    directory_ = mkdtemp(name);
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE",
                                 "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"})
      unsetenv(variable);
    setenv("AWS_CONFIG_FILE", path().c_str(), 1);
  }
  ~ProfileSettingsTest() override {
    unsetenv("AWS_CONFIG_FILE");
    std::filesystem::remove_all(directory_);
  }
  std::string path() const { return directory_ + "/config"; }
  void Config(const std::string& text) const { std::ofstream(path()) << text; }

  std::string directory_;
};

TEST_F(ProfileSettingsTest, TheRegionIsTheEnvironmentsElseTheProfiles) {
  EXPECT_EQ(ConfiguredRegion(), "") << "there is no file";
  Config("[default]\nregion = eu-west-1\n[profile ci]\nregion = sa-east-1\n[profile none]\n");
  EXPECT_EQ(ConfiguredRegion(), "eu-west-1");
  setenv("AWS_PROFILE", "ci", 1);
  EXPECT_EQ(ConfiguredRegion(), "sa-east-1");
  setenv("AWS_PROFILE", "none", 1);
  EXPECT_EQ(ConfiguredRegion(), "");
  setenv("AWS_DEFAULT_REGION", "us-east-2", 1);
  EXPECT_EQ(ConfiguredRegion(), "us-east-2");
  setenv("AWS_REGION", "us-east-1", 1);
  EXPECT_EQ(ConfiguredRegion(), "us-east-1");
}

TEST_F(ProfileSettingsTest, AFileThatDoesNotParseIsNamed) {
  Config("[default\n");
  try {
    ConfiguredRegion();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(path() + ":1:"));
  }
}

TEST_F(ProfileSettingsTest, VariantsAreTrueOrFalse) {
  EXPECT_FALSE(ConfiguredVariant().fips);
  Config("[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n");
  EXPECT_TRUE(ConfiguredVariant().fips);
  EXPECT_TRUE(ConfiguredVariant().dual_stack);
  setenv("AWS_USE_FIPS_ENDPOINT", "false", 1);
  EXPECT_FALSE(ConfiguredVariant().fips);
  EXPECT_TRUE(ConfiguredVariant().dual_stack);
  setenv("AWS_USE_DUALSTACK_ENDPOINT", "yes", 1);
  try {
    ConfiguredVariant();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("AWS_USE_DUALSTACK_ENDPOINT must be true or false"));
  }
}

}  // namespace
}  // namespace aws
