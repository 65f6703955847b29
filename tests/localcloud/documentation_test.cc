// docs/localcloud.md lists exactly the operations that exist.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "localcloud/ec2/api/api.h"
#include "localcloud/services.h"
#include "tests/support/build_paths.h"
#include "tests/support/file_text.h"

namespace localcloud {
namespace {

TEST(Documentation, ListsTheOperationsThereAre) {
  const std::string document =
      test_support::FileText(test_support::SourcePath("docs/localcloud.md"));
  const std::size_t start = document.find("EC2 (Query protocol, 2016-11-15):");
  const std::size_t end = document.find("A small S3", start);
  ASSERT_NE(end, std::string::npos);
  std::vector<std::string> listed;
  std::string word;
  const std::size_t list = document.find(':', start) + 1;
  for (const char c : document.substr(list, end - list)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
    } else if (!word.empty()) {
      listed.push_back(word);
      word.clear();
    }
  }
  std::vector<std::string> actions;
  for (const auto& [name, action] : AllActions()) actions.push_back(name);
  EXPECT_THAT(listed, ::testing::UnorderedElementsAreArray(actions));
}

TEST(Documentation, NamesTheCallsOfAllServices) {
  const std::string document =
      test_support::FileText(test_support::SourcePath("docs/localcloud.md"));
  for (const std::string& name : ActionNames()) EXPECT_THAT(document, ::testing::HasSubstr(name));
}

}  // namespace
}  // namespace localcloud
