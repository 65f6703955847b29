#include "localcloud/ec2/state/user_data.h"

#include <gmock/gmock.h>

namespace localcloud {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kScript = "#!/bin/sh\necho hello\n";

TEST(UserDataTest, AScriptIsItself) {
  EXPECT_EQ(ReadUserData(kScript).script, kScript);
  EXPECT_EQ(ReadUserData("nonsense").script, "nonsense");
  EXPECT_THAT(ReadUserData("").keys, IsEmpty());
}

TEST(UserDataTest, AnArchiveHasKeysAndAScript) {
  const std::string archive =
      "Content-Type: multipart/mixed; boundary=\"cut\"\nMIME-Version: 1.0\n\n"
      "--cut\nContent-Type: text/cloud-config; charset=\"utf-8\"\n\n"
      "#cloud-config\npackages:\n  - vim\nssh_authorized_keys:\n  - ssh-ed25519 AAAA a\n"
      "  - ecdsa-sha2-nistp256 BBBB b\nruncmd:\n  - ls\n\n"
      "--cut\nContent-Type: text/x-shellscript\n\n" +
      std::string(kScript) + "\n--cut--\n";
  const UserData data = ReadUserData(archive);
  EXPECT_EQ(data.script, kScript);
  EXPECT_THAT(data.keys, ElementsAre("ssh-ed25519 AAAA a", "ecdsa-sha2-nistp256 BBBB b"));
}

TEST(UserDataTest, WhatIsCutOffIsIgnored) {
  const std::string archive =
      "Content-Type: multipart/mixed; boundary=\"cut\"\n\n--cut\nContent-Type: text/x-shellscript\n"
      "\n#!/bin/sh\n\n--cut--\n";
  for (std::size_t size = 0; size < archive.size(); ++size) ReadUserData(archive.substr(0, size));
  EXPECT_EQ(ReadUserData("Content-Type: multipart/mixed; boundary=\"cut\"\n\n--cut").script, "");
}

}  // namespace
}  // namespace localcloud
