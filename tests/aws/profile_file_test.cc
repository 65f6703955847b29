#include "aws/profile_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/error.h"

namespace aws {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ProfileFile Parse(std::string_view text) { return ParseProfileFile(text, "file"); }

TEST(ProfileFile, ReadsSectionsKeysAndComments) {
  const auto file = Parse(
      "# a comment\n; another\n\n[default]\naws_access_key_id = AKIA\n"
      "AWS_Secret_Access_Key=a/b+c=#d;e\nregion = us-west-2 # where\noutput =json\t; how\n"
      "[profile dev]  # of the team\nregion=eu-west-1\n");
  const ProfileSection& standard = file.at("default");
  EXPECT_EQ(standard.at("aws_access_key_id"), "AKIA");
  EXPECT_EQ(standard.at("aws_secret_access_key"), "a/b+c=#d;e");
  EXPECT_EQ(standard.at("region"), "us-west-2");
  EXPECT_EQ(standard.at("output"), "json");
  EXPECT_EQ(file.at("profile dev").at("region"), "eu-west-1");
}

TEST(ProfileFile, KeepsTokensOfAnyLength) {
  for (const std::size_t size : {1500u, 70'000u}) {
    const std::string token(size, 'T');
    EXPECT_EQ(Parse("[default]\naws_session_token = " + token + "\n")
                  .at("default")
                  .at("aws_session_token"),
              token);
  }
}

TEST(ProfileFile, ReadsWindowsLineEndsAndAByteOrderMark) {
  const auto file = Parse("\xEF\xBB\xBF[default]\r\nkey = value\r\n\r\n[b]\r\nk=v");
  EXPECT_EQ(file.at("default").at("key"), "value");
  EXPECT_EQ(file.at("b").at("k"), "v");
}

TEST(ProfileFile, LeavesOutNestedValuesAndContinuations) {
  const auto file = Parse(
      "[default]\ns3 =\n  max_concurrent_requests = 20\n  addressing_style = path\n"
      "region = us-west-2\n    continued\nkey = v\n");
  const ProfileSection& section = file.at("default");
  EXPECT_EQ(section.at("s3"), "");
  EXPECT_EQ(section.count("max_concurrent_requests"), 0u);
  EXPECT_EQ(section.at("region"), "us-west-2");
  EXPECT_EQ(section.at("key"), "v");
}

TEST(ProfileFile, TakesWholeSectionsThatAreIndented) {
  const auto file = Parse("[default]\n  a = 1\n  b = 2\n  c =\n    d = 3\n[e]\nf = 4\n");
  EXPECT_EQ(file.at("default"), (ProfileSection{{"a", "1"}, {"b", "2"}, {"c", ""}}));
  EXPECT_EQ(file.at("e").at("f"), "4");
}

TEST(ProfileFile, TidiesSectionNames) {
  const auto file = Parse("[ profile \t \"my dev\" ]\na=1\n[profile my dev]\nb=2\na=3\n");
  EXPECT_EQ(file.at("profile my dev"), (ProfileSection{{"a", "3"}, {"b", "2"}}));
}

TEST(ProfileFile, NamesTheLineThatIsMalformedButNotWhatItSays) {
  struct Case {
    const char* text;
    const char* where;
  };
  const Case cases[] = {{"[default]\nkey = v\ngeheim without equals\n", "file:3: "},
                        {"geheim = 1\n", "file:1: "},
                        {"[default]\n\n[geheim\n", "file:3: "},
                        {"[]\n", "file:1: "},
                        {"[a] geheim\n", "file:1: "},
                        {"[a]\n = geheim\n", "file:2: "}};
  for (const Case& c : cases) {
    try {
      Parse(c.text);
      ADD_FAILURE() << c.text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::kCredentials);
      EXPECT_THAT(error.what(), StartsWith(c.where));
      EXPECT_THAT(error.what(), Not(HasSubstr("geheim")));
    }
  }
}

TEST(ProfileFile, IsNothingWhereThereIsNoFile) {
  EXPECT_FALSE(ReadProfileFile("/nonexistent/credentials"));
}

TEST(ProfileFile, SaysWhenItCannotBeRead) {
  try {
    ReadProfileFile("/");
    ADD_FAILURE() << "a directory was read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), StartsWith("cannot read /: it is not a regular file"));
  }
}

}  // namespace
}  // namespace aws
