#include "suites/run/unfinished_runs.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "fixtures/leftovers/run_journal.h"
#include "fixtures/process/process_identity.h"
#include "tests/support/child_process.h"

namespace suites {
namespace {

// The state directory of one test.
class StateHome {
 public:
  StateHome() {
    char name[] = "/tmp/unfinished_runs_test-XXXXXX";
    path_ = mkdtemp(name);
    setenv("XDG_STATE_HOME", path_.c_str(), 1);
  }
  ~StateHome() {
    unsetenv("XDG_STATE_HOME");
    std::filesystem::remove_all(path_);
  }
  StateHome(const StateHome&) = delete;
  StateHome& operator=(const StateHome&) = delete;

 private:
  std::filesystem::path path_;
};

// Returns the id of a process that has ended.
std::string EndedProcess() {
  test_support::ChildProcess child({"sleep", "60"});
  return fixtures::DescribeProcess(child.pid());
}

TEST(UnfinishedRunsTest, WhatWasInARunsOwnLocalCloudHasEndedWithIt) {
  const StateHome home;
  const std::string process = EndedProcess();
  char last_digit = 'a';
  for (const std::string cloud : {"local", "qemu", "endpoint"}) {
    fixtures::JournalHeader header;
    header.run_id = std::string("lb-20260131-142501-00000") + last_digit++;
    header.owner = "me@here";
    header.process = process;
    header.cloud = cloud;
    header.endpoint_url = "http://127.0.0.1:9";
    fixtures::RunJournal journal(fixtures::JournalDirectory(), header);
    journal.Made({"instance", "i-1", "us-west-2"});
  }
  const auto runs = FindUnfinishedRuns();
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs.front().header.cloud, "endpoint");
  int journals = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures::JournalDirectory()))
    journals += entry.path().extension() == ".jsonl" ? 1 : 0;
  EXPECT_EQ(journals, 1);
}

}  // namespace
}  // namespace suites
