#include "aws/json_protocol.h"

#include <gtest/gtest.h>

namespace aws {
namespace {

TEST(JsonError, ReadsTheSpellingsOfServices) {
  struct Case {
    const char* document;
    const char* header;
    const char* code;
    const char* message;
  };
  const Case cases[] = {
      {R"({"__type":"com.amazonaws.ssm#ParameterNotFound","message":"m"})", "", "ParameterNotFound",
       "m"},
      {R"({"__type":"ThrottlingException","Message":"M"})", "", "ThrottlingException", "M"},
      {R"({"message":"m"})", "AuthException:http://x/", "AuthException", "m"},
      {R"({"code":"EC2InstanceNotFoundException"})", "", "EC2InstanceNotFoundException", ""},
  };
  for (const Case& c : cases) {
    const auto error = ParseJsonError(c.document, c.header);
    ASSERT_TRUE(error) << c.document;
    EXPECT_EQ(error->code, c.code);
    EXPECT_EQ(error->message, c.message);
  }
}

TEST(JsonError, IsNothingElse) {
  for (const char* text : {"", "nonsense", "[]", "{}", R"({"__type":7})", R"({"__type":"x")"}) {
    EXPECT_FALSE(ParseJsonError(text, "")) << text;
  }
}

TEST(JsonCutOff, AnywhereInAnAnswer) {
  const std::string whole = R"({"Parameter": {"Name": "a", "Value": "{}"}})";
  EXPECT_FALSE(IsCutOffJson(whole));
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_TRUE(IsCutOffJson(whole.substr(0, size)));
  for (const char* text : {"", "<x", "[1", "plain"}) EXPECT_FALSE(IsCutOffJson(text)) << text;
}

}  // namespace
}  // namespace aws
