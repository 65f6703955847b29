#include "suites/command/help_text.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "suites/command/benchmark_flags.h"
#include "suites/command/technique_list.h"
#include "suites/command/wrap_text.h"
#include "suites/suites.h"
#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"

namespace suites {
namespace {

using testing::HasSubstr;

TEST(HelpTextTest, FitsEightyColumns) {
  std::istringstream lines(HelpText());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(HelpTextTest, HasTheGroupsInOrder) {
  const std::string help = HelpText();
  std::size_t before = 0;
  for (const std::string group :
       {"Examples", "Target", "What to launch", "How to measure", "Limits", "Results",
        "Local cloud", "Instead of a run", "Techniques"}) {
    const auto at = help.find("\n" + group);
    ASSERT_NE(at, std::string::npos) << group;
    EXPECT_GT(at, before) << group;
    before = at;
  }
  EXPECT_THAT(help, HasSubstr("Exit status"));
}

TEST(HelpTextTest, StatesTheUnitOfEachDuration) {
  const std::string help = HelpText();
  for (const std::string text :
       {"(default 100ms)", "(default 300s)", "(default 120s)", "(default 1800s)", "Without a unit"})
    EXPECT_THAT(help, HasSubstr(text));
}

TEST(HelpTextTest, EveryFlagOfTheLibraryThatIsShownIsKnownToIt) {
  for (const BenchmarkFlag& flag : BenchmarkFlags()) {
    EXPECT_TRUE(IsBenchmarkFlag("--" + std::string(flag.name)));
    if (flag.help.empty()) continue;
    EXPECT_THAT(HelpText(), HasSubstr("--" + std::string(flag.name)));
  }
}

// One line, "Burst/<n>", describes all "Burst/...".
TEST(HelpTextTest, EveryTechniqueIsListedAndThereIsNoOther) {
  std::vector<std::string> names;
  for (const auto* fixture : RegisterAllSuites({}, {"Baseline"}))
    names.push_back(fixture->technique());
  const auto is_of = [](const std::string& name, const Technique& technique) {
    const std::string listed(technique.name);
    const auto variable = listed.find("<");
    return variable == std::string::npos ? name == listed
                                         : name.starts_with(listed.substr(0, variable));
  };
  for (const std::string& name : names) {
    EXPECT_TRUE(std::ranges::any_of(Techniques(), [&](const auto& one) {
      return is_of(name, one);
    })) << name;
  }
  for (const Technique& technique : Techniques()) {
    EXPECT_TRUE(std::ranges::any_of(names, [&](const auto& name) {
      return is_of(name, technique);
    })) << technique.name;
  }
}

class CompletionTest : public testing::Test {
 protected:
  ~CompletionTest() override { std::filesystem::remove_all(directory_); }

  // Returns the file with the bash completion of `program`.
  std::string CompletionOf(const std::string& program) const {
    const std::string file = directory_ + "/completion";
    test_support::ChildProcess script({test_support::SourcePath("cmake/bash_completion.sh"),
                                       test_support::ProgramPath(program), file});
    EXPECT_EQ(script.Wait(), 0) << script.errors();
    return file;
  }

 private:
  char name_[28] = "/tmp/help_text_test-XXXXXX";
  const std::string directory_ = mkdtemp(name_);
};

// A flag with a value is offered only with its '=', although help texts mention it without.
TEST_F(CompletionTest, OffersEachFlagOnce) {
  std::ifstream completion(CompletionOf("launch_bench"));
  std::set<std::string> offered;
  for (std::string word; completion >> word;) {
    if (word.starts_with("\"--")) word.erase(0, 1);
    while (word.ends_with('"')) word.pop_back();
    if (word.size() > 2 && word.starts_with("--")) offered.insert(word);
  }
  for (const char* flag : {"--cloud=", "--benchmark_filter=", "--yes", "--cleanup", "--help"})
    EXPECT_TRUE(offered.contains(flag)) << flag;
  for (const std::string& flag : offered)
    EXPECT_FALSE(offered.contains(flag + "=")) << flag << " is there twice";
}

TEST_F(CompletionTest, OffersTheFirstWord) {
  // Replaces compopt, which changes a running completion: none runs here, so it would fail.
  const auto completed = [&](const std::string& words, int current) {
    const std::string program = words.substr(0, words.find(' '));
    test_support::ChildProcess bash({"/bin/bash", "-c",
                                     "compopt() { :; }; . " + CompletionOf(program) +
                                         "; COMP_WORDS=(" + words +
                                         "); COMP_CWORD=" + std::to_string(current) + "; cd /; _" +
                                         program + "; echo \"${COMPREPLY[*]}\""});
    EXPECT_EQ(bash.Wait(), 0) << bash.errors();
    return bash.output();
  };
  EXPECT_EQ(completed("launch_bench au", 1), "audit\n");
  EXPECT_EQ(completed("launch_compare tab", 1), "table\n");
  EXPECT_EQ(completed("launch_compare filt", 1), "filters\n");
  EXPECT_EQ(completed("launch_compare table tab", 2), "\n") << "files follow";
  EXPECT_EQ(completed("launch_compare --max_regression_", 1), "--max_regression_ms=\n");
}

TEST(HelpTextTest, AMisspeltTechniqueIsSuggested) {
  const std::vector<std::string> names{"Cold", "WarmPool/Ssh", "StartStopped"};
  EXPECT_EQ(SuggestFilter("cold", names), "; did you mean --benchmark_filter=Cold?");
  EXPECT_EQ(SuggestFilter("^Colld/", names), "; did you mean --benchmark_filter='^Cold/'?");
  EXPECT_EQ(SuggestFilter("WarmPol", names), "; did you mean --benchmark_filter=WarmPool?");
  EXPECT_EQ(SuggestFilter("(Cold|StartStoped)$", names),
            "; did you mean --benchmark_filter='(Cold|StartStopped)/'?");
  EXPECT_EQ(SuggestFilter("Fleet/Baselin", names),
            "; did you mean --benchmark_filter=Fleet/Baseline?");
  EXPECT_EQ(SuggestFilter("Moon", names), "");
  EXPECT_EQ(SuggestFilter("Cold|WarmPol", names, true),
            "; did you mean --benchmark_filter='Cold|WarmPool'?");
  EXPECT_EQ(SuggestFilter("Colld|WarmPol", names),
            "; did you mean --benchmark_filter='Cold|WarmPool'?");
  EXPECT_EQ(SuggestFilter("Cold|Wa.*Ssh|Start|Pool/Ss", names, true), "") << "parts of names";
  EXPECT_EQ(SuggestFilter("-WarmPool/|Fleet/", names, true), "");
}

TEST(HelpTextTest, AShorterFormOfEachPartIsSuggestedInFull) {
  const std::vector<std::string> names{"Cold", "WarmPool/Ssh", "Hybrid/pool:2/burst:4", "Burst/4"};
  EXPECT_EQ(SuggestFilter("Warm/Ssh", names), "; did you mean --benchmark_filter=WarmPool/Ssh?");
  EXPECT_EQ(SuggestFilter("Hybrid/2/4", names),
            "; did you mean --benchmark_filter=Hybrid/pool:2/burst:4?");
  EXPECT_EQ(SuggestFilter("Fleet/PreBaked", names),
            "; did you mean --benchmark_filter=Fleet/PrebakedImage?");
  EXPECT_EQ(SuggestFilter("Cold|Warm/Ssh", names, true),
            "; did you mean --benchmark_filter='Cold|WarmPool/Ssh'?");
  EXPECT_EQ(SuggestFilter("Hybrid/3/4", names), "");
  EXPECT_EQ(SuggestFilter("-.", names), "") << "no letter of it is in any name";
}

// A filter distinguishes upper and lower case; a user may not.
TEST(HelpTextTest, APartOfANameIsSuggestedInFull) {
  const std::vector<std::string> names{"Cold", "WarmPool/Ssh", "StartStopped",
                                       "Instrument/AwsCliWaiter"};
  const std::map<std::string, std::string> suggested{{"warm", "WarmPool"},
                                                     {"stopped", "StartStopped"},
                                                     {"awscli", "Instrument/AwsCliWaiter"},
                                                     {"ssh", "WarmPool/Ssh"},
                                                     {"queue", "Fleet/ManagedQueue"},
                                                     {"baseline", "Fleet/Baseline"},
                                                     {"prebaked", "Fleet/PrebakedImage"}};
  for (const auto& [word, name] : suggested)
    EXPECT_EQ(SuggestFilter(word, names), "; did you mean --benchmark_filter=" + name + "?");
  EXPECT_EQ(SuggestFilter("^warm$", names), "; did you mean --benchmark_filter='^WarmPool/'?");
  EXPECT_EQ(SuggestFilter("zz", names), "");
}

TEST(HelpTextTest, AListOfNamesGetsAFilter) {
  const std::vector<std::string> names{"Cold", "WarmPool/Ssh", "StartStopped"};
  for (const char* list : {"Cold,StartStopped", "Cold, StartStopped", "Cold StartStopped,"})
    EXPECT_EQ(SuggestFilter(list, names), "; did you mean --benchmark_filter='Cold|StartStopped'?");
  EXPECT_EQ(SuggestFilter("cold,startstoped", names),
            "; did you mean --benchmark_filter='Cold|StartStopped'?");
}

TEST(HelpTextTest, AFilterThatEndsBeforeTheFullNameGetsOneThatDoesNot) {
  const std::vector<std::string> names{"Cold", "WarmPool/Ssh"};
  EXPECT_EQ(SuggestFilter("^Cold$", names),
            " (the full name is Cold/iterations:1/manual_time); did you mean "
            "--benchmark_filter='^Cold/'?");
  EXPECT_EQ(SuggestFilter("^(Moon|WarmPool/Ssh)$", names),
            " (the full name is WarmPool/Ssh/iterations:1/manual_time); did you mean "
            "--benchmark_filter='^(Moon|WarmPool/Ssh)/'?");
  EXPECT_EQ(SuggestFilter("manual_time$", names, true), "") << "it matches";
}

TEST(WrapTextTest, BreaksAtSpacesAndKeepsLongWords) {
  EXPECT_EQ(Wrap("a bb ccc", 4, 2), "a bb\n  ccc");
  EXPECT_EQ(Wrap("abcdefgh i", 4, 0), "abcdefgh\ni");
  EXPECT_EQ(Wrap("", 4, 0), "");
}

}  // namespace
}  // namespace suites
