#include "localcloud/guest/authorized_keys.h"

#include <gtest/gtest.h>
#include <libssh/libssh.h>

#include <memory>

#include "localcloud/sshd/ssh_host_key.h"
#include "tests/localcloud/ssh_test_client.h"

namespace localcloud {
namespace {

SshKeyPtr Parse(const TestKey& key) {
  ssh_key parsed = nullptr;
  const std::string base64 = key.public_line.substr(12, key.public_line.rfind(' ') - 12);
  if (ssh_pki_import_pubkey_base64(base64.c_str(), SSH_KEYTYPE_ED25519, &parsed) != SSH_OK) {
    throw std::runtime_error("no key");
  }
  return SshKeyPtr(parsed);
}

TEST(AuthorizedKeysTest, FindsTheKeyAmongOthers) {
  const TestKey mine;
  const TestKey other;
  const SshKeyPtr key = Parse(mine);
  EXPECT_FALSE(HoldsKey("", key.get()));
  EXPECT_FALSE(HoldsKey(other.public_line + "\n", key.get()));
  EXPECT_TRUE(HoldsKey(mine.public_line, key.get()));
  EXPECT_TRUE(HoldsKey("# comment\n\n" + other.public_line + "\n  " + mine.public_line + "\r\n",
                       key.get()));
  EXPECT_FALSE(HoldsKey("#" + mine.public_line + "\n", key.get()));
}

TEST(AuthorizedKeysTest, HonoursOnlyOptionsThatTakeNothingAway) {
  const TestKey mine;
  const SshKeyPtr key = Parse(mine);
  EXPECT_TRUE(HoldsKey("no-pty,no-port-forwarding " + mine.public_line, key.get()));
  EXPECT_TRUE(HoldsKey("restrict " + mine.public_line, key.get()));
  EXPECT_FALSE(HoldsKey("command=\"echo 'Please login as ec2-user' \\\"x\\\"\" " + mine.public_line,
                        key.get()));
  EXPECT_FALSE(HoldsKey("no-pty,from=\"10.0.0.1\" " + mine.public_line, key.get()));
}

TEST(AuthorizedKeysTest, GarbageHoldsNothing) {
  const TestKey mine;
  const SshKeyPtr key = Parse(mine);
  for (const char* garbage :
       {"ssh-ed25519", "ssh-ed25519 !!!!", "ssh-ed25519 AAAA", "\"", "\\", "ssh-rsa x y", "no-pty",
        "no-pty ", "ecdsa-sha2-nistp256 AAAA\n\n\n", "\x01\x02\xff"}) {
    EXPECT_FALSE(HoldsKey(garbage, key.get())) << garbage;
  }
}

TEST(AuthorizedKeysTest, PushedKeyIsForItsUserUntilItExpires) {
  const TestKey mine;
  const SshKeyPtr key = Parse(mine);
  const Clock::time_point now = Clock::now();
  PushedKeys keys;
  keys.Push("ec2-user", mine.public_line, now + std::chrono::seconds(60));
  EXPECT_TRUE(keys.Holds("ec2-user", key.get(), now));
  EXPECT_FALSE(keys.Holds("root", key.get(), now));
  EXPECT_TRUE(keys.Holds("ec2-user", key.get(), now + std::chrono::seconds(59)));
  EXPECT_FALSE(keys.Holds("ec2-user", key.get(), now + std::chrono::seconds(60)));
}

}  // namespace
}  // namespace localcloud
