#include "localcloud/ec2/api/filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

using ::testing::ElementsAre;

struct Thing : Resource {
  std::string colour;
};

using Things = std::map<std::string, std::shared_ptr<Thing>>;

// Their order of creation differs from that of their ids.
Things MakeThings() {
  Things things;
  const auto add = [&](const std::string& id, const std::string& colour, Tags tags) {
    auto thing = std::make_shared<Thing>();
    thing->id = id;
    thing->ordinal = things.size() + 1;
    thing->colour = colour;
    thing->tags = std::move(tags);
    things[id] = thing;
  };
  add("t-c", "red", {{"run", "1"}});
  add("t-a", "green", {{"run", "2"}, {"owner", "me"}});
  add("t-b", "red", {});
  return things;
}

std::vector<std::string> SelectIds(const std::string& query) {
  static const FilterTable<Thing> kFilters = {
      {"colour", [](const Thing& thing) { return std::vector{thing.colour}; }}};
  std::vector<std::string> ids;
  for (const auto& thing :
       Select(MakeThings(), ReadFilters(QueryParameters::Parse(query)), kFilters)) {
    ids.push_back(thing->id);
  }
  return ids;
}

TEST(Filters, SelectInTheOrderOfCreation) {
  EXPECT_THAT(SelectIds(""), ElementsAre("t-c", "t-a", "t-b"));
  EXPECT_THAT(SelectIds("Filter.1.Name=colour&Filter.1.Value.1=red"), ElementsAre("t-c", "t-b"));
  EXPECT_THAT(SelectIds("Filter.1.Name=colour&Filter.1.Value.1=red&Filter.1.Value.2=gr*"),
              ElementsAre("t-c", "t-a", "t-b"));
  EXPECT_THAT(SelectIds("Filter.1.Name=tag:run&Filter.1.Value.1=*"), ElementsAre("t-c", "t-a"));
  EXPECT_THAT(SelectIds("Filter.1.Name=tag-key&Filter.1.Value.1=owner"), ElementsAre("t-a"));
  EXPECT_THAT(SelectIds("Filter.1.Name=tag-value&Filter.1.Value.1=1"), ElementsAre("t-c"));
  EXPECT_THAT(SelectIds("Filter.1.Name=colour&Filter.1.Value.1=red&Filter.2.Name=tag:run&"
                        "Filter.2.Value.1=1"),
              ElementsAre("t-c"));
  EXPECT_THAT(SelectIds("Filter.1.Name=tag:none&Filter.1.Value.1=*"), ElementsAre());
}

std::string CodeOfQuery(const std::string& query) {
  try {
    SelectIds(query);
  } catch (const ApiError& error) {
    return error.code();
  }
  return "none";
}

TEST(Filters, UnknownOrEmptyOnesAreErrors) {
  EXPECT_EQ(CodeOfQuery("Filter.1.Name=size&Filter.1.Value.1=1"), "InvalidParameterValue");
  EXPECT_EQ(CodeOfQuery("Filter.1.Name=colour"), "InvalidParameterValue");
  EXPECT_EQ(CodeOfQuery("Filter.1.Value.1=red"), "InvalidParameterValue");
}

std::vector<std::uint64_t> Ordinals(std::uint64_t count) {
  std::vector<std::uint64_t> ordinals;
  for (std::uint64_t i = 1; i <= count; ++i) ordinals.push_back(i * 10);
  return ordinals;
}

TEST(Pages, CoverEverythingOnce) {
  const auto ordinals = Ordinals(23);
  std::vector<std::uint64_t> seen;
  std::string token;
  int pages = 0;
  do {
    const auto query = QueryParameters::Parse("MaxResults=10&NextToken=" + token);
    const Page page = FindPage(query, ordinals, 5);
    seen.insert(seen.end(), ordinals.begin() + static_cast<std::ptrdiff_t>(page.begin),
                ordinals.begin() + static_cast<std::ptrdiff_t>(page.end));
    token = page.next_token;
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(seen, ordinals);
  EXPECT_EQ(pages, 3);
}

TEST(Pages, GoOnBehindWhatWasDeletedMeanwhile) {
  const auto query = QueryParameters::Parse("MaxResults=5");
  const std::string token = FindPage(query, Ordinals(23), 5).next_token;
  auto fewer = Ordinals(23);
  fewer.erase(fewer.begin() + 4);  // the last one on the first page
  const Page page = FindPage(QueryParameters::Parse("NextToken=" + token), fewer, 5);
  EXPECT_EQ(fewer[page.begin], 60u);
}

TEST(Pages, LimitsAndTokensAreChecked) {
  const auto code = [](const std::string& query) -> std::string {
    try {
      FindPage(QueryParameters::Parse(query), Ordinals(3), 5);
    } catch (const ApiError& error) {
      return error.code();
    }
    return "none";
  };
  EXPECT_EQ(code("MaxResults=4"), "InvalidParameterValue");
  EXPECT_EQ(code("MaxResults=1001"), "InvalidParameterValue");
  EXPECT_EQ(code("MaxResults=5"), "none");
  EXPECT_EQ(code("NextToken=nonsense"), "InvalidParameterValue");
  EXPECT_EQ(code("NextToken=page-after-"), "InvalidParameterValue");
  EXPECT_EQ(code("NextToken=page-after-1x"), "InvalidParameterValue");
}

}  // namespace
}  // namespace localcloud
