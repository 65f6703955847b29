// The program itself: its exit codes, its one-line errors, its formats.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/compare/sample_run.h"
#include "tests/support/build_paths.h"
#include "tests/support/file_text.h"

namespace launch_compare {
namespace {

using test_support::FileText;
using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct Result {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class LaunchCompare : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "launch_compare_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }

  // Writes a run of "Cold" and "StartStopped" with these first values and this many repetitions.
  std::string WriteRun(const std::string& name, double cold, double stopped,
                       std::size_t repetitions = 8,
                       const std::map<std::string, std::string>& context = {}) const {
    return Write(
        name,
        SampleJson(
            context,
            {{"Cold",
              {{"real_time", Ramp(cold, repetitions)}, {"api_calls", Ramp(7, repetitions, 0)}}},
             {"StartStopped",
              {{"real_time", Ramp(stopped, repetitions)}, {"api_calls", Ramp(3, repetitions, 0)}}}})
            .dump());
  }

  Result Invoke(const std::string& arguments, const std::string& environment = "") const {
    const std::string command = environment + " " + test_support::ProgramPath("launch_compare") +
                                " " + arguments + " > '" + Path("out") + "' 2> '" + Path("err") +
                                "' < /dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, FileText(Path("out")),
            FileText(Path("err"))};
  }

  std::string directory_;
};

TEST_F(LaunchCompare, ComparesTwoFiles) {
  const Result result =
      Invoke(WriteRun("a.json", 25000, 21000) + " " + WriteRun("b.json", 28000, 21000));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("differs between these two runs"));
  EXPECT_THAT(result.out, ContainsRegex("Cold  \\(8 against 8 repetitions\\)"));
  EXPECT_THAT(result.out,
              ContainsRegex("total +25\\.00 s +28\\.00 s +\\+12%  \\[\\+12%, \\+12%\\] +slower"));
  EXPECT_THAT(result.out, HasSubstr("unchanged: api_calls 7"));
  EXPECT_THAT(result.out, HasSubstr("1 slower, 1 same, 0 faster, 0 undecided"));
  EXPECT_THAT(result.out,
              HasSubstr("\nshift: median of all differences between a candidate's and a "
                        "baseline's launch, not the difference of the two medians\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("\x1b"))) << "no colour into a file";
}

TEST_F(LaunchCompare, GatesWithThreeExitCodes) {
  const std::string a = WriteRun("a.json", 25000, 21000);
  EXPECT_EQ(Invoke("--gate " + a + " " + WriteRun("b.json", 25010, 21000)).exit_code, 0);
  const Result slower = Invoke("--gate " + a + " " + WriteRun("c.json", 28000, 21000));
  EXPECT_EQ(slower.exit_code, 1);
  EXPECT_THAT(slower.out, HasSubstr("Gate: regression (2 comparisons gated)"));
  EXPECT_EQ(Invoke("--gate --max_regression=15% " + a + " " + Path("c.json")).exit_code, 0);
  EXPECT_EQ(Invoke("--gate --max_regression_ms=3500 " + a + " " + Path("c.json")).exit_code, 0);
  const Result few = Invoke("--gate " + WriteRun("d.json", 25000, 21000, 3) + " " +
                            WriteRun("e.json", 99000, 21000, 3));
  EXPECT_EQ(few.exit_code, 2);
  EXPECT_THAT(few.out,
              HasSubstr("among 2 gated comparisons at alpha 0.05: it takes at least 5 a side"));
}

TEST_F(LaunchCompare, TakesSeveralFilesASide) {
  std::string baseline;
  std::string candidate;
  for (int i = 0; i < 5; ++i) {
    baseline +=
        (i == 0 ? "" : ",") + WriteRun("b" + std::to_string(i), 25000 + 100 * i, 21000 + 100 * i);
    candidate +=
        (i == 0 ? "" : ",") + WriteRun("c" + std::to_string(i), 28000 + 100 * i, 21000 + 100 * i);
  }
  const Result result = Invoke("--gate --baseline=" + baseline + " --candidate=" + candidate);
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("The run is the sampling unit: 5 against 5 runs"));
  EXPECT_THAT(result.out, Not(HasSubstr("these two runs")));
  const Result twice =
      Invoke("--baseline=" + Path("b0") + "," + Path("b0") + " --candidate=" + candidate);
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, HasSubstr("b0: is given twice on one side"));
}

// However the path is spelt, and even if the file is a copy.
TEST_F(LaunchCompare, CountsARunOnce) {
  const std::string a = WriteRun("a.json", 25000, 21000);
  const std::string b = WriteRun("b.json", 26000, 21000);
  const std::string c = WriteRun("c.json", 27000, 21000);
  std::filesystem::create_symlink(a, Path("link.json"));
  Write("copy.json", FileText(a));
  Write("laid-out.json", nlohmann::ordered_json::parse(FileText(a)).dump(7));
  for (const std::string& same :
       {Path("./a.json"), Path("link.json"), Path("copy.json"), Path("laid-out.json")}) {
    const Result result = Invoke("--baseline=" + a + "," + same + " --candidate=" + b + "," + c);
    EXPECT_EQ(result.exit_code, 2) << same;
    EXPECT_THAT(result.err, HasSubstr("is the same run as " + a)) << same;
    const Result across = Invoke("--baseline=" + a + "," + b + " --candidate=" + c + "," + same);
    EXPECT_EQ(across.exit_code, 2) << same;
    EXPECT_THAT(across.err, HasSubstr("on the other side"));
    const Result itself = Invoke(a + " " + same);
    EXPECT_EQ(itself.exit_code, 0);
    EXPECT_THAT(itself.out, HasSubstr("Both sides are the same run"));
    EXPECT_EQ(Invoke("--gate " + a + " " + same).exit_code, 2);
  }
  const std::string one = WriteRun("one.json", 25000, 21000, 8, {{"run_id", "lb-1"}});
  const std::string two = WriteRun("two.json", 25000.5, 21000, 8, {{"run_id", "lb-1"}});
  EXPECT_THAT(Invoke(one + " " + two).out, HasSubstr("Both sides are the same run"));
}

TEST_F(LaunchCompare, TakesDirectoriesPipesAndGzip) {
  std::filesystem::create_directory(Path("b"));
  std::filesystem::create_directory(Path("c"));
  std::filesystem::create_directory(Path("empty"));
  for (int i = 0; i < 5; ++i) {
    WriteRun("b/" + std::to_string(i) + ".json", 25000 + 100 * i, 21000 + i);
    WriteRun("c/" + std::to_string(i) + ".json", 28000 + 100 * i, 21000 + i);
  }
  Write("b/notes.txt", "no run");
  ASSERT_EQ(std::system(("gzip " + Path("c/0.json")).c_str()), 0);
  const Result result = Invoke("--gate --baseline=" + Path("b") + " --candidate=" + Path("c"));
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("5 against 5 runs"));
  EXPECT_THAT(Invoke("--baseline=" + Path("empty") + " --candidate=" + Path("c")).err,
              HasSubstr("empty: a directory without any *.json"));
  const std::string piped = "sh -c 'cat " + Path("b/1.json") + " | " +
                            test_support::ProgramPath("launch_compare") + " - " + Path("c/1.json") +
                            "' > " + Path("piped");
  EXPECT_EQ(std::system(piped.c_str()), 0);
  EXPECT_THAT(FileText(Path("piped")), StartsWith("- -> "));
  EXPECT_THAT(Invoke("- -").err, HasSubstr("it can be given once"));
  const std::string cut = FileText(Path("c/0.json.gz"));
  EXPECT_THAT(Invoke("table " + Write("cut.json.gz", cut.substr(0, cut.size() / 2))).err,
              HasSubstr("cut.json.gz: not whole"));
}

TEST_F(LaunchCompare, NamesTheResultsOfSingleLaunches) {
  const std::string a = WriteRun("a.json", 25000, 21000);
  Write("a.jsonl", "{}");
  const Result result = Invoke(Path("a.jsonl") + " " + a);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("a.jsonl: holds single launches: the results are in " + a));
  EXPECT_THAT(Invoke(Path("b.jsonl") + " " + a).err, HasSubstr("--resume="));
}

TEST_F(LaunchCompare, ExpectsANamedDifferenceAlone) {
  const std::string files =
      WriteRun("a.json", 25000, 21000, 8, {{"cloud", "aws"}, {"instance_type", "m7i"}}) + " " +
      WriteRun("b.json", 25000.5, 21000.5, 8, {{"cloud", "aws"}, {"instance_type", "c7i"}});
  EXPECT_EQ(Invoke("--gate " + files).exit_code, 2);
  const Result told = Invoke("--gate --expect_difference=instance_type,image " + files);
  EXPECT_EQ(told.exit_code, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("as expected: instance type differs: m7i"));
  EXPECT_EQ(Invoke("--gate --expect_difference=region " + files).exit_code, 2);
  const Result misspelt = Invoke("--gate --expect_difference=instance_typ " + files);
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_THAT(misspelt.err, HasSubstr("did you mean instance_type?"));
}

TEST_F(LaunchCompare, GatesOnTheSlowEnd) {
  const std::string a = WriteRun("a.json", 25000, 21000, 40);
  std::vector<double> values = Ramp(25000.5, 40);
  for (std::size_t i = 0; i < 8; ++i) values[i] = 90000;
  const std::string b = Write("b.json", SampleJson({}, {{"Cold", {{"real_time", values}}}}).dump());
  const std::string only = "--benchmark_filter=Cold " + a + " " + b;
  EXPECT_EQ(Invoke("--gate " + only).exit_code, 0);
  const Result tail = Invoke("--gate --gate_tail --slo=60s " + only);
  EXPECT_EQ(tail.exit_code, 1) << tail.out;
  EXPECT_THAT(tail.out, ContainsRegex("slow launches +0\\.0% +20\\.0% +\\+20\\.0%"));
  EXPECT_THAT(tail.out, HasSubstr("the medians agree, the tails do not"));
  EXPECT_THAT(Invoke("--slo=60 " + only).err, HasSubstr("--slo: \"60\" is no time such as 20s"));
}

TEST_F(LaunchCompare, ComparesTwoNamesOfOneFile) {
  const Result result =
      Invoke("filters " + WriteRun("a.json", 25000, 21000) + " Cold StartStopped");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("\\[Cold vs. StartStopped\\]"));
  EXPECT_THAT(result.out, HasSubstr("0 slower, 0 same, 1 faster"));
  const Result two = Invoke("filters " + Path("a.json") + " Cold " +
                            WriteRun("b.json", 26000, 21000) + " StartStopped");
  EXPECT_EQ(two.exit_code, 0) << two.err;
  EXPECT_THAT(two.out, HasSubstr("0 slower, 0 same, 1 faster"));
}

TEST_F(LaunchCompare, FiltersByName) {
  const std::string a = WriteRun("a.json", 25000, 21000);
  EXPECT_THAT(Invoke("--benchmark_filter=Cold " + a + " " + a).out, Not(HasSubstr("StartStopped")));
  EXPECT_THAT(Invoke("--benchmark_filter=-Cold " + a + " " + a).out,
              AllOf(HasSubstr("StartStopped"), Not(HasSubstr("Cold  ("))));
  const Result none = Invoke("--benchmark_filter=Nothing " + a + " " + a);
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("--benchmark_filter"));
}

TEST_F(LaunchCompare, PrintsTheStudysTable) {
  const Result result =
      Invoke("table " + test_support::SourcePath("results/published/ec2-cold-boot-study.json"));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("technique +launches +failed +total +p90 +max +vs Cold"));
  EXPECT_THAT(result.out, ContainsRegex("Hibernate +1 +0 +20\\.71 s +N/A +20\\.71 s +-20%"));
  const Result wide =
      Invoke("table " + test_support::SourcePath("results/published/ec2-cold-boot-study.json"),
             "COLUMNS=160");
  EXPECT_THAT(wide.out, ContainsRegex("20\\.71 s +16\\.31 s +2\\.381 s +-20%"));
  const Result markdown =
      Invoke("table --format=markdown " +
             test_support::SourcePath("results/published/ec2-cold-boot-study.json"));
  EXPECT_THAT(
      markdown.out,
      HasSubstr("| Hibernate | 1 | 0 | 20.71 s | N/A | 20.71 s | 16.31 s | 2.381 s | -20% |"));
  EXPECT_EQ(Invoke("table --format=junit " +
                   test_support::SourcePath("results/published/ec2-cold-boot-study.json"))
                .exit_code,
            2);
}

TEST_F(LaunchCompare, ATableWithoutColdHasNoColumnForIt) {
  const std::string file = WriteRun("a.json", 25000, 21000);
  EXPECT_THAT(Invoke("table " + file).out, HasSubstr("vs Cold"));
  const Result none = Invoke("table --benchmark_filter=StartStopped " + file);
  EXPECT_THAT(none.out, ContainsRegex("StartStopped +8 +0"));
  EXPECT_THAT(none.out, Not(HasSubstr("vs Cold")));
}

TEST_F(LaunchCompare, WritesJson) {
  const std::string a = WriteRun("a.json", 25000, 21000);
  const Result result =
      Invoke("--gate --format=json " + a + " " + WriteRun("b.json", 28000, 21000));
  const nlohmann::json json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["sampling_unit"], "launch");
  EXPECT_EQ(json["benchmarks"][0]["metrics"][0]["verdict"], "slower");
  EXPECT_EQ(json["benchmarks"][0]["metrics"][0]["p_method"], "exact");
  EXPECT_DOUBLE_EQ(json["benchmarks"][0]["metrics"][0]["shift"], 3000);
  EXPECT_EQ(json["gate"]["outcome"], "regression");
  EXPECT_EQ(json["gate"]["exit_code"], 1);
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(LaunchCompare, WritesMarkdownAndJunitToAFile) {
  const std::string files =
      WriteRun("a.json", 25000, 21000) + " " + WriteRun("b.json", 28000, 21000);
  const Result result =
      Invoke("--gate --format=markdown --output='" + Path("report.md") + "' " + files);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("Gate: regression (2 comparisons gated)"))
      << "the terminal's to the terminal";
  EXPECT_THAT(FileText(Path("report.md")),
              AllOf(HasSubstr("**Gate: regression** (2 gated)"), HasSubstr("| **slower** |"),
                    HasSubstr("unchanged: api\\_calls 7")))
      << FileText(Path("report.md"));
  EXPECT_EQ(
      Invoke("--gate --format=junit --output='" + Path("report.xml") + "' " + files).exit_code, 1);
  EXPECT_THAT(FileText(Path("report.xml")),
              AllOf(HasSubstr("tests=\"2\" failures=\"1\" errors=\"0\""),
                    HasSubstr("<testcase classname=\"Cold\" name=\"real_time\">\n      <failure "
                              "message=\"Cold total: slower by +3 s (+12%)"),
                    HasSubstr("<testcase classname=\"StartStopped\" name=\"real_time\"/>")));
  EXPECT_EQ(Invoke("--format=junit " + files).exit_code, 2)
      << "nothing passes or fails without a gate";
  EXPECT_THAT(Invoke("--format=json --output=/nonexistent/x " + files).err,
              HasSubstr("--output: /nonexistent/x cannot be written"));
}

TEST_F(LaunchCompare, MarksEveryTableOfAModelledRun) {
  const std::map<std::string, std::string> context = {{"modelled", "true"}, {"cloud", "local"}};
  const std::string files = WriteRun("a.json", 25000, 21000, 8, context) + " " +
                            WriteRun("b.json", 25000.5, 21000, 8, context);
  EXPECT_THAT(Invoke(files).out,
              AllOf(HasSubstr("MODELLED"), HasSubstr("Cold  (8 against 8 repetitions)  [modelled]"),
                    HasSubstr("StartStopped  (8 against 8 repetitions)  [modelled]")));
  EXPECT_THAT(Invoke("--format=markdown " + files).out,
              AllOf(HasSubstr("MODELLED"), HasSubstr("### Cold (modelled)")));
  EXPECT_THAT(Invoke("--gate --format=junit " + files).out, HasSubstr("launch_compare (modelled)"));
  EXPECT_TRUE(nlohmann::json::parse(Invoke("--format=json " + files).out)["modelled"]);
  EXPECT_THAT(Invoke("table " + Path("a.json")).out,
              AllOf(HasSubstr("MODELLED"), HasSubstr("[modelled]")));
}

TEST_F(LaunchCompare, MarksEveryTableOfVirtualMachinesAndDoesNotGateThemAgainstAws) {
  const std::map<std::string, std::string> context = {
      {"modelled", "false"}, {"cloud", "qemu"}, {"virtual_machines", "qemu"}};
  const std::string files = WriteRun("a.json", 25000, 21000, 8, context) + " " +
                            WriteRun("b.json", 25000.5, 21000, 8, context);
  const std::string sentence = "MEASURED ON VIRTUAL MACHINES OF A HOST";
  EXPECT_THAT(
      Invoke(files).out,
      AllOf(HasSubstr(sentence), HasSubstr("Cold  (8 against 8 repetitions)  [virtual machines]")));
  EXPECT_THAT(Invoke("--format=markdown " + files).out,
              AllOf(HasSubstr(sentence), HasSubstr("### Cold (virtual machines)")));
  EXPECT_THAT(Invoke("--gate --format=junit " + files).out,
              HasSubstr("launch_compare (virtual machines)"));
  const auto json = nlohmann::json::parse(Invoke("--format=json " + files).out);
  EXPECT_TRUE(json["virtual_machines"]);
  EXPECT_FALSE(json["modelled"]);
  EXPECT_THAT(Invoke("table " + Path("a.json")).out, HasSubstr(sentence));
  const std::string across =
      Path("a.json") + " " +
      WriteRun("c.json", 25000, 21000, 8, {{"modelled", "false"}, {"cloud", "aws"}});
  const Result gate = Invoke("--gate " + across);
  EXPECT_EQ(gate.exit_code, 2);
  EXPECT_THAT(gate.out, HasSubstr("kind of local virtual machines differs: qemu in"));
}

TEST_F(LaunchCompare, RefusesToGateAcrossContexts) {
  const std::string files = WriteRun("a.json", 25000, 21000, 8, {{"cloud", "local"}}) + " " +
                            WriteRun("b.json", 25000.5, 21000, 8, {{"cloud", "aws"}});
  const Result gate = Invoke("--gate " + files);
  EXPECT_EQ(gate.exit_code, 2);
  EXPECT_THAT(gate.out, HasSubstr("cloud differs: local in"));
  EXPECT_EQ(Invoke(files).exit_code, 0) << "a comparison warns";
  EXPECT_THAT(Invoke(files).out, HasSubstr("warning: cloud differs"));
  EXPECT_EQ(Invoke("--gate --across_contexts " + files).exit_code, 0);
}

TEST_F(LaunchCompare, TakesAPolicy) {
  const std::string files =
      WriteRun("a.json", 25000, 21000) + " " + WriteRun("b.json", 28000, 21000);
  const std::string policy =
      Write("p.json", R"({"rules":[{"benchmark":"Cold","max_regression":"20%"}]})");
  EXPECT_EQ(Invoke("--gate --policy=" + policy + " " + files).exit_code, 0);
  const Result bad = Invoke("--gate --policy=" + Write("q.json", "{}") + " " + files);
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("q.json: not a policy"));
}

// Bad input: exit 2, nothing on standard output, one line that names the file.
TEST_F(LaunchCompare, SaysWhatIsWrongInOneLine) {
  const std::string good = WriteRun("good.json", 25000, 21000);
  const std::string text = FileText(good);
  const std::string row =
      R"({"name":"A","run_type":"iteration","repetition_index":0,"real_time":1})";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "is empty"},
      {text.substr(0, text.size() / 2), "truncated?"},
      {"# a markdown file", "not valid JSON at line 1, column 1"},
      {R"({"tests":[]})", "not a Google Benchmark file"},
      {R"({"context":{},"benchmarks":[]})", "contains no benchmark results"},
      {R"({"benchmarks":[)" + row + "," + row + "]}", "two benchmarks are named A"},
      {std::string("{\0\n\0", 4), "is in UTF-16"},
      {std::string("\xff\xfe\0\0{\0\0\0", 8), "UTF-32"},
      {text + std::string(3, '\0'), "has a NUL byte at " + std::to_string(text.size())},
      {std::string("\x7f"
                   "ELF\0\0",
                   6),
       "has a NUL byte at 4: damaged, or no text"},
      {R"({"benchmarks":[{"name":"A","real_time":1.234,5}]})", "digits are grouped (1.234,5)"},
      {R"({"benchmarks":[{"name":"A","real_time":1'000}]})", "digits are grouped (1'000)"},
      {"{\"benchmarks\":[{\"name\":\"A\",\"real_time\":1\u202f000}]}", "digits are grouped"},
      {R"({"benchmarks":[{"name":"A","real_time":1e999}]})", "no double holds 1e999"},
      {"{\"benchmarks\":[{\"name\":\u201cA\"}]}", "a letter or sign outside of a text"},
  };
  for (const auto& [contents, expected] : cases) {
    const std::string bad = Write("bad.json", contents);
    for (const std::string& arguments :
         {good + " " + bad, bad + " " + good, "table " + bad, "filters " + bad + " A B"}) {
      const Result result = Invoke(arguments);
      EXPECT_EQ(result.exit_code, 2) << arguments;
      EXPECT_THAT(result.out, IsEmpty());
      EXPECT_THAT(result.err, AllOf(StartsWith("launch_compare: " + bad + ": "),
                                    HasSubstr(expected), EndsWith("\n")));
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    }
  }
}

TEST_F(LaunchCompare, RefusesBadUsage) {
  const std::string a = WriteRun("a.json", 25000, 21000);
  for (const std::string& arguments : {std::string(),
                                       a,
                                       a + " " + a + " " + a,
                                       "--baseline=" + a,
                                       a + " --candidate=" + a,
                                       "--nonsense " + a + " " + a,
                                       "--alpha=2 " + a + " " + a,
                                       "--alpha=0 " + a + " " + a,
                                       "--alpha=nan " + a + " " + a,
                                       "--alpha=0x1p-5 " + a + " " + a,
                                       "--max_regression=nan " + a + " " + a,
                                       "--max_regression=1e400% " + a + " " + a,
                                       "--max_regression_ms=nan " + a + " " + a,
                                       "--max_regression_ms=inf " + a + " " + a,
                                       "--max_regression_ms=0x10 " + a + " " + a,
                                       "--max_regression_ms=1e400 " + a + " " + a,
                                       "--max_regression=much " + a + " " + a,
                                       "--max_regression_ms=-1 " + a + " " + a,
                                       "--on_undecided=maybe " + a + " " + a,
                                       "--format=xml " + a + " " + a,
                                       std::string("table"),
                                       "filters " + a + " Cold",
                                       "--gate table " + a,
                                       "filters " + a + " Cold Nothing",
                                       "--benchmark_filter='(' " + a + " " + a,
                                       a + " /nonexistent.json",
                                       std::string("/ /")}) {
    const Result result = Invoke(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_THAT(result.out, IsEmpty()) << arguments;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1)
        << arguments << ": " << result.err;
  }
  EXPECT_EQ(Invoke("--help").exit_code, 0);
  EXPECT_THAT(Invoke("--help").out,
              AllOf(HasSubstr("--max_regression"), HasSubstr("table"), HasSubstr("Exit codes: 0")));
}

TEST_F(LaunchCompare, SaysWhatWasMeant) {
  const std::string a = WriteRun("a.json", 25000, 21000);
  const std::string two = a + " " + WriteRun("b.json", 25000.5, 21000);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"--max_regresion=5% " + two, "--max_regresion: there is no such flag: did you mean --max_r"},
      {"--slo= " + two, "--slo: has no value after the ="},
      {"tabel " + a, "tabel: no such file: did you mean table?"},
      {"filters " + a + " A", "filters: takes FILE BASELINE_FILTER"},
      {"table --slo=20s " + a, "--slo: does not work with table"},
      {"--gate_tail " + two, "--gate_tail: has no effect without --gate"},
      {"--format=jsn " + two, "'jsn' is none of"},
      {"--benchmark_filter=StartStoped " + two, "did you mean StartStopped?"}};
  for (const auto& [arguments, expected] : cases) {
    const Result result = Invoke(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_THAT(result.err, HasSubstr(expected)) << arguments;
  }
  EXPECT_EQ(Invoke("--gate --max_regression=0% --max_regression=50% " + two).exit_code, 0)
      << "the last one counts";
  EXPECT_THAT(Invoke("--version").out, testing::MatchesRegex("launch_compare [0-9.]+\n"));
}

TEST_F(LaunchCompare, ItsHelpFitsEightyColumns) {
  const std::string help = Invoke("-h").out;
  EXPECT_EQ(help, Invoke("--help").out);
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

// Output to a pseudo-terminal is coloured unless NO_COLOR is set.
TEST_F(LaunchCompare, ColoursATerminalOnly) {
  if (std::system("command -v script > /dev/null") != 0)
    GTEST_SKIP() << "script (util-linux) makes the terminal";
  const std::string inner = test_support::ProgramPath("launch_compare") + " " +
                            WriteRun("a.json", 25000, 21000) + " " +
                            WriteRun("b.json", 28000, 21000);
  const auto in_terminal = [&](const std::string& environment) {
    const std::string command =
        environment + " script -qec '" + inner + "' /dev/null > '" + Path("out") + "' < /dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return FileText(Path("out"));
  };
  EXPECT_THAT(in_terminal("env -u NO_COLOR"), HasSubstr("\x1b[31mslower\x1b[0m"));
  // Every line fits, except the one with the names of the two files.
  std::istringstream lines(in_terminal("NO_COLOR=1 COLUMNS=80"));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) EXPECT_LE(line.size(), 81U) << line;  // and a carriage return
  EXPECT_THAT(in_terminal("NO_COLOR=1"), Not(HasSubstr("\x1b[")));
}

}  // namespace
}  // namespace launch_compare
