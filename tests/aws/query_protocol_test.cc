#include "aws/query_protocol.h"

#include <gtest/gtest.h>

namespace aws {
namespace {

TEST(QueryProtocol, EncodesEverythingThatIsReserved) {
  EXPECT_EQ(PercentEncode("AZaz09-_.~"), "AZaz09-_.~");
  EXPECT_EQ(PercentEncode("a b+c/d=e&f%g:h*"), "a%20b%2Bc%2Fd%3De%26f%25g%3Ah%2A");
  EXPECT_EQ(PercentEncode("ü\n\x01"), "%C3%BC%0A%01");
  EXPECT_EQ(PercentEncode(std::string_view("\0", 1)), "%00");
}

TEST(QueryProtocol, KeepsTheOrderOfParameters) {
  EXPECT_EQ(EncodeQuery("Do", "2016-11-15", {{"b.1", "x y"}, {"a", ""}}),
            "Action=Do&Version=2016-11-15&b.1=x%20y&a=");
}

// Recognises an answer that is cut off at any place, but not the complete one.
TEST(XmlCutOff, AnywhereInAnAnswer) {
  for (const std::string whole :
       {"<?xml version=\"1.0\"?>\n<RunInstancesResponse "
        "xmlns=\"x\"><a>b</a><c/></RunInstancesResponse>\n",
        "<Error><Code>x</Code></Error >", "<DescribeVpcsResponse/>", "<a><a>1</a></a>"}) {
    EXPECT_FALSE(IsCutOffXml(whole)) << whole;
    const auto end = whole.find_last_of('>');
    for (std::size_t size = 1; size <= end; ++size) {
      const std::string part = whole.substr(0, size);
      if (part == "<a><a>1</a>") continue;  // only a parser could tell
      EXPECT_TRUE(IsCutOffXml(part)) << part;
    }
  }
}

TEST(XmlCutOff, NotWhatIsNoXml) {
  for (const char* text :
       {"", " ", "plain", "{\"a\": 1", "<html><body>", "<HTML><body>", "<!DOCTYPE html><html>",
        "<!DOCTY", "<?xml version=\"1.0\"?> and more"}) {
    EXPECT_FALSE(IsCutOffXml(text)) << text;
  }
}

TEST(XmlError, OfEc2) {
  const auto error = ParseXmlError(
      "<?xml version=\"1.0\"?><Response><Errors><Error><Code>Unsupported</Code><Message>a &lt; b"
      "</Message></Error></Errors><RequestID>r-1</RequestID></Response>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "Unsupported");
  EXPECT_EQ(error->message, "a < b");
  EXPECT_EQ(error->request_id, "r-1");
}

TEST(XmlError, OfSts) {
  const auto error = ParseXmlError(
      "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>m</Message>"
      "</Error><RequestId>r-2</RequestId></ErrorResponse>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "ExpiredToken");
  EXPECT_EQ(error->request_id, "r-2");
}

TEST(XmlError, IsNothingElse) {
  for (const char* text :
       {"", "plain", "<Response/>", "<html><Code>x</Code></html>", "<Response><Er",
        "<Response><Errors><Error><Message>m</Message></Error></Errors></Response>"}) {
    EXPECT_FALSE(ParseXmlError(text)) << text;
  }
}

// The reader ignores DTDs, so that entities cannot expand recursively or read files.
TEST(XmlError, DoesNotExpandEntities) {
  const auto error = ParseXmlError(
      "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><Response><Errors><Error>"
      "<Code>C</Code><Message>&x;</Message></Error></Errors></Response>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "&x;");
}

}  // namespace
}  // namespace aws
