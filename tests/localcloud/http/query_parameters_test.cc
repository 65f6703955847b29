#include "localcloud/http/query_parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

using ::testing::ElementsAre;

std::string CodeOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const ApiError& error) {
    return error.code();
  }
  return "none";
}

TEST(QueryParameters, DecodesForms) {
  const auto p = QueryParameters::Parse("Action=Run&Key=a%2Bb+c&Empty=&&Bare");
  EXPECT_EQ(p.Get("Action"), "Run");
  EXPECT_EQ(p.Get("Key"), "a+b c");
  EXPECT_EQ(p.Get("Empty"), "");
  EXPECT_EQ(p.Get("Bare"), "");
  EXPECT_EQ(p.values().size(), 4u);
}

TEST(QueryParameters, ListsGoByNumber) {
  const auto p = QueryParameters::Parse("Id.10=j&Id.2=b&Id.1=a&Idx.1=no&Id.x=no&Id.3.Sub=no");
  EXPECT_THAT(p.GetList("Id"), ElementsAre("a", "b", "j"));
}

TEST(QueryParameters, StructuresNest) {
  const auto p = QueryParameters::Parse(
      "F.1.Name=tag:x&F.1.Value.1=a&F.1.Value.2=b&F.2.Name=state&F.2.Value.1=c&G.Sub.Key=v");
  const auto filters = p.GetStructures("F");
  ASSERT_EQ(filters.size(), 2u);
  EXPECT_EQ(filters[0].Get("Name"), "tag:x");
  EXPECT_THAT(filters[0].GetList("Value"), ElementsAre("a", "b"));
  EXPECT_EQ(p.GetStructure("G").Get("Sub.Key"), "v");
}

TEST(QueryParameters, WhatIsWrongHasEc2sCode) {
  const auto p = QueryParameters::Parse("N=12x&B=maybe&Good=12&Yes=true&No=false");
  EXPECT_EQ(CodeOf([&] { p.Require("Missing"); }), "MissingParameter");
  EXPECT_EQ(CodeOf([&] { p.GetInt("N"); }), "InvalidParameterValue");
  EXPECT_EQ(CodeOf([&] { p.GetBool("B", false); }), "InvalidParameterValue");
  EXPECT_EQ(p.GetInt("Good"), 12);
  EXPECT_EQ(p.GetInt("Missing"), std::nullopt);
  EXPECT_TRUE(p.GetBool("Yes", false));
  EXPECT_FALSE(p.GetBool("No", true));
  EXPECT_EQ(CodeOf([] { QueryParameters::Parse("A=%4"); }), "MalformedQueryString");
  EXPECT_EQ(CodeOf([] { QueryParameters::Parse("A=%zz"); }), "MalformedQueryString");
  EXPECT_EQ(CodeOf([] { QueryParameters::Parse("A=1&A=2"); }), "MalformedQueryString");
}

}  // namespace
}  // namespace localcloud
