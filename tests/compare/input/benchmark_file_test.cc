#include "compare/input/benchmark_file.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "compare/input/input_error.h"
#include "tests/compare/sample_run.h"
#include "tests/support/build_paths.h"
#include "tests/support/file_text.h"

namespace launch_compare {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string ErrorOf(const std::string& text) {
  try {
    ParseBenchmarkJson(text, "a.json");
  } catch (const InputError& error) {
    const std::string line = error.what();
    EXPECT_THAT(line, StartsWith("a.json: "));
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    return line;
  }
  ADD_FAILURE() << "was accepted: " << text.substr(0, 200);
  return "";
}

std::string Row(const std::string& members) {
  return R"({"context":{},"benchmarks":[{"name":"A",)" + members + "}]}";
}

// Runs real benchmarks with the installed library, to read exactly what it writes.
class LibraryFile : public testing::Test {
 protected:
  std::string Path() const {
    return (std::filesystem::temp_directory_path() /
            ("launch_compare_" + std::to_string(getpid()) + ".json"))
        .string();
  }
  void TearDown() override { std::filesystem::remove(Path()); }

  std::string Write(std::vector<std::string> flags) {
    std::vector<std::string> arguments = {"library", "--benchmark_out=" + Path(),
                                          "--benchmark_out_format=json"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    int argc = static_cast<int>(argv.size());
    benchmark::Initialize(&argc, argv.data());
    benchmark::RunSpecifiedBenchmarks();
    return test_support::FileText(Path());
  }
};

void Launch(benchmark::State& state) {
  static int launches = 0;
  ++launches;
  for (auto _ : state) state.SetIterationTime(25 + 0.01 * launches);
  state.counters["api_ms"] = 10 + launches;
  state.counters["retries"] = 0;  // its coefficient of variation is the bare NaN
  state.SetLabel(R"({"phases":["api"],"region":"us-west-2"})");
  if (launches == 3) state.SkipWithError("no \"capacity\"");
}

// Google Benchmark before 1.9 writes a bare NaN if the mean of a counter is zero.
TEST_F(LibraryFile, OfManualTimeWithAFailureAndBareNan) {
  benchmark::RegisterBenchmark("Cold", Launch)
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
  const std::string text = Write({"--benchmark_repetitions=3"});
  const auto run = ParseBenchmarkJson(text, "a.json");
  ASSERT_EQ(run.benchmarks.size(), 1U);
  const Benchmark& cold = run.benchmarks[0];
  EXPECT_EQ(cold.name, "Cold/iterations:1/manual_time");
  EXPECT_THAT(cold.failed, ElementsAre(false, false, true));
  EXPECT_THAT(cold.failure_messages, ElementsAre("no \"capacity\""));
  ASSERT_NE(cold.find("api_ms"), nullptr);
  EXPECT_THAT(cold.find("api_ms")->values, ElementsAre(11, 12, testing::IsNan()));
  EXPECT_DOUBLE_EQ(cold.find("real_time")->values[1], 25020);
  ASSERT_EQ(cold.labels.size(), 1U);
  EXPECT_EQ(cold.labels[0].region, "us-west-2");
  EXPECT_TRUE(run.non_finite.empty());
  EXPECT_FALSE(run.context_value("date").empty());
}

TEST_F(LibraryFile, OfThreadsComplexityAndRates) {
  auto* family = benchmark::RegisterBenchmark("Walk", [](benchmark::State& state) {
    std::int64_t sum = 0;
    for (auto _ : state) {
      for (std::int64_t i = 0; i < state.range(0); ++i) benchmark::DoNotOptimize(sum += i);
    }
    state.SetComplexityN(state.range(0));
    state.SetItemsProcessed(state.iterations());
  });
  family->Range(8, 512)->Complexity()->ThreadRange(1, 2)->UseRealTime();
  const auto run = ParseBenchmarkJson(
      Write({"--benchmark_repetitions=2", "--benchmark_min_time=0.001"}), "a.json");
  ASSERT_EQ(run.benchmarks.size(), 6U) << "complexity rows are no benchmarks";
  EXPECT_EQ(run.benchmarks[0].name, "Walk/8/real_time/threads:1");
  EXPECT_EQ(run.benchmarks[0].repetitions(), 2U);
  ASSERT_NE(run.benchmarks[0].find("items_per_second"), nullptr);
}

TEST_F(LibraryFile, OfAggregatesOnly) {
  benchmark::RegisterBenchmark("Cold",
                               [](benchmark::State& state) {
                                 static int launches = 0;
                                 for (auto _ : state) state.SetIterationTime(launches += 2);
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kSecond);
  const auto run = ParseBenchmarkJson(
      Write({"--benchmark_repetitions=4", "--benchmark_report_aggregates_only=true"}), "a.json");
  ASSERT_EQ(run.benchmarks.size(), 1U);
  EXPECT_TRUE(run.benchmarks[0].aggregates_only);
  EXPECT_EQ(run.benchmarks[0].repetitions(), 0U);
  EXPECT_THAT(run.benchmarks[0].find("real_time")->values, ElementsAre(5000))
      << "the median of 2, 4, 6, 8 s";
}

TEST(ParseBenchmarkJson, ConvertsEveryTimeUnit) {
  for (const auto& [unit, expected] : std::vector<std::pair<std::string, double>>{
           {"ns", 5e-6}, {"us", 5e-3}, {"ms", 5}, {"s", 5000}}) {
    const BenchmarkRun run =
        ParseBenchmarkJson(Row(R"("real_time":5,"time_unit":")" + unit + "\""), "a.json");
    EXPECT_DOUBLE_EQ(run.benchmarks[0].metrics[0].values[0], expected);
  }
  EXPECT_THAT(ErrorOf(Row(R"("real_time":5,"time_unit":"h")")), HasSubstr("unknown time_unit h"));
}

TEST(ParseBenchmarkJson, NothingMeasuredIsLeftOut) {
  for (const std::string time : {"-5", "0", "-0.0"}) {
    const BenchmarkRun run = ParseBenchmarkJson(Row("\"real_time\":" + time), "a.json");
    EXPECT_THAT(run.non_finite, ElementsAre(HasSubstr("nothing was measured"))) << time;
    EXPECT_TRUE(std::isnan(run.benchmarks[0].find("real_time")->values[0]));
  }
  EXPECT_THAT(ParseBenchmarkJson(Row(R"("real_time":5,"cpu_time":-1e-9)"), "a.json").non_finite,
              ElementsAre(HasSubstr("cpu_time")));
  std::string rows;
  for (int i = 0; i < 12; ++i) {
    rows += fmt::format(R"({}{{"name":"A","run_type":"iteration","repetition_index":{},)"
                        R"("real_time":-5,"time_unit":"ns"}})",
                        i == 0 ? "" : ",", i);
  }
  EXPECT_THAT(ParseBenchmarkJson(R"({"benchmarks":[)" + rows + "]}", "a.json").non_finite,
              ElementsAre("A, repetition 0: real_time is -5e-06 ms: nothing was measured, and 11 "
                          "more like it"));
  EXPECT_THAT(ParseBenchmarkJson(Row(R"("real_time":5,"cpu_time":0)"), "a.json").non_finite,
              IsEmpty());
}

// Differences and sums of such values are infinite, which would mean failed launches.
TEST(ParseBenchmarkJson, LeavesOutWhatIsTooLargeToBeMeasured) {
  for (const std::string value : {"1e308", "-1e308", "1.1e100"}) {
    const auto run = ParseBenchmarkJson(Row(R"("real_time":5,"rate":)" + value), "a.json");
    EXPECT_THAT(run.non_finite, ElementsAre(AllOf(StartsWith("A, repetition 0: rate is "),
                                                  EndsWith(": too large to be measured"))));
    EXPECT_THAT(run.benchmarks[0].non_finite, ElementsAre("rate"));
    EXPECT_TRUE(std::isnan(run.benchmarks[0].find("rate")->values[0])) << value;
  }
  EXPECT_THAT(ParseBenchmarkJson(Row(R"("real_time":1e308,"time_unit":"ms")"), "a.json").non_finite,
              ElementsAre("A, repetition 0: real_time is 1e+308: too large to be measured"));
  EXPECT_THAT(ParseBenchmarkJson(Row(R"("real_time":5,"rate":1e100)"), "a.json").non_finite,
              IsEmpty());
  const auto aggregates = ParseBenchmarkJson(
      Row(R"("run_name":"A","run_type":"aggregate","aggregate_name":"median","real_time":5,)"
          R"("time_unit":"ms","rate":1e308)"),
      "a.json");
  EXPECT_EQ(aggregates.benchmarks[0].find("rate"), nullptr);
  EXPECT_NE(aggregates.benchmarks[0].find("real_time"), nullptr);
}

TEST(ParseBenchmarkJson, ListsWhatIsNoMeasurement) {
  const BenchmarkRun run = ParseBenchmarkJson(
      R"({"benchmarks":[
        {"name":"A","run_name":"A","run_type":"iteration","real_time":5},
        {"name":"A_BigO","run_name":"A","run_type":"aggregate","aggregate_name":"BigO",
         "cpu_coefficient":1,"real_coefficient":1,"big_o":"N","time_unit":"ns"},
        {"name":"A_RMS","run_name":"A","run_type":"aggregate","aggregate_name":"RMS","rms":0.1},
        {"name":"B","run_name":"B","run_type":"iteration","skipped":true,
         "skip_message":"no such type"}]})",
      "a.json");
  EXPECT_THAT(run.left_out, ElementsAre("A_BigO", "A_RMS", "B (skipped: no such type)"));
  EXPECT_EQ(run.benchmarks.size(), 1U);
}

TEST(ParseBenchmarkJson, NamesTheLikelyCauseOfASyntaxError) {
  EXPECT_THAT(ErrorOf(Row(R"("real_time":1,234.5)")), HasSubstr("digits are grouped (1,234.5"));
  EXPECT_THAT(ErrorOf(Row(R"("real_time":5,25)")), HasSubstr("a decimal comma (5,25"));
  EXPECT_THAT(ErrorOf(Row("\"real_time\":5,\"label\":\"caf\xe9\"")),
              HasSubstr("byte 0xe9 is not UTF-8: is the file in Latin-1?"));
  EXPECT_THAT(ErrorOf(Row("\"real_time\":5,\"label\":\"a\x01\"")),
              HasSubstr("a raw control character (0x01)"));
  EXPECT_THAT(ErrorOf(std::string("\xff\xfe{\0", 4)), HasSubstr("is in UTF-16"));
}

TEST(ParseBenchmarkJson, NamesNonFiniteMeasurements) {
  for (const std::string value : {"NaN", "-NaN", "Infinity", "-Infinity", "nan", "-inf", "null"}) {
    const auto run = ParseBenchmarkJson(
        Row(R"("run_type":"iteration","real_time":5,"rate":)" + value + R"(,"ok":3)"), "a.json");
    EXPECT_THAT(run.non_finite, ElementsAre("A, repetition 0: rate is not finite")) << value;
    EXPECT_THAT(run.benchmarks[0].non_finite, ElementsAre("rate"));
    EXPECT_TRUE(std::isnan(run.benchmarks[0].find("rate")->values[0]));
    EXPECT_EQ(run.benchmarks[0].find("ok")->values[0], 3) << value;
  }
}

TEST(ParseBenchmarkJson, LeavesNanInsideStringsAlone) {
  const auto run = ParseBenchmarkJson(
      Row(R"("real_time":5,"error_occurred":true,"error_message":"\"NaN\" Infinity \\")"),
      "a.json");
  EXPECT_THAT(run.benchmarks[0].failure_messages, ElementsAre("\"NaN\" Infinity \\"));
}

TEST(ParseBenchmarkJson, UnderstandsFilesOfOldLibraries) {
  const auto run = ParseBenchmarkJson(
      R"({"context":{},"benchmarks":[{"name":"A","iterations":1,"real_time":5,"cpu_time":5,"time_unit":"ms"},
      {"name":"A","iterations":1,"real_time":7,"cpu_time":5,"time_unit":"ms"},
      {"name":"A_mean","iterations":1,"real_time":6,"cpu_time":5,"time_unit":"ms"},
      {"name":"A_stddev","iterations":1,"real_time":1,"cpu_time":5,"time_unit":"ms"}]})",
      "a.json");
  ASSERT_EQ(run.benchmarks.size(), 1U);
  EXPECT_THAT(run.benchmarks[0].find("real_time")->values, ElementsAre(5, 7));
}

TEST(ParseBenchmarkJson, FillsCountersThatOnlySomeRepetitionsHave) {
  const auto run = ParseBenchmarkJson(
      R"({"benchmarks":[{"name":"A","real_time":1,"x":1},{"name":"A","real_time":2},
      {"name":"A","real_time":3,"x":3,"y":9}]})",
      "a.json");
  EXPECT_THAT(run.benchmarks[0].find("x")->values, ElementsAre(1, testing::IsNan(), 3));
  EXPECT_THAT(run.benchmarks[0].find("y")->values,
              ElementsAre(testing::IsNan(), testing::IsNan(), 9));
}

TEST(ParseBenchmarkJson, IgnoresWhatTheBenchmarkItselfSkipped) {
  const auto run = ParseBenchmarkJson(
      R"({"benchmarks":[{"name":"A","real_time":1},{"name":"B","skipped":true,"skip_message":"not here"}]})",
      "a.json");
  EXPECT_EQ(run.benchmarks.size(), 1U);
}

TEST(ParseBenchmarkJson, RefusesWithOneClearLine) {
  EXPECT_THAT(ErrorOf(""), EndsWith("is empty"));
  EXPECT_THAT(ErrorOf(" \n"), EndsWith("is empty"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("not a Google Benchmark file"));
  EXPECT_THAT(ErrorOf("7"), HasSubstr("not a Google Benchmark file"));
  EXPECT_THAT(ErrorOf(R"({"benchmarks":{"name":"A"}})"), HasSubstr("not a Google Benchmark file"));
  EXPECT_THAT(ErrorOf(R"({"results":[]})"), HasSubstr("not a Google Benchmark file"));
  EXPECT_THAT(ErrorOf(R"({"benchmarks":[]})"), HasSubstr("no benchmark results"));
  EXPECT_THAT(ErrorOf(R"({"benchmarks":[{"real_time":1}]})"), HasSubstr("has no name"));
  EXPECT_THAT(ErrorOf(R"({"benchmarks":[{"name":"A"}]})"),
              HasSubstr("A, repetition 0 has no real_time"));
  EXPECT_THAT(ErrorOf("name,iterations,real_time\n"),
              HasSubstr("not valid JSON at line 1, column 2"));
  EXPECT_THAT(ErrorOf("{\n  \"benchmarks\": [1,,2]\n}"),
              HasSubstr("not valid JSON at line 2, column 20"));
}

TEST(ParseBenchmarkJson, RefusesDuplicateNames) {
  const std::string row =
      R"({"name":"A","run_type":"iteration","repetition_index":0,"family_index":0,"real_time":1})";
  EXPECT_THAT(ErrorOf(R"({"benchmarks":[)" + row + "," + row + "]}"),
              HasSubstr("two benchmarks are named A"));
  const std::string other =
      R"({"name":"A","run_type":"iteration","repetition_index":0,"family_index":1,"real_time":1})";
  EXPECT_THAT(ErrorOf(R"({"benchmarks":[)" + row + "," + other + "]}"),
              HasSubstr("two benchmarks are named A"));
  const std::string mean =
      R"({"name":"A_mean","run_name":"A","run_type":"aggregate","aggregate_name":"mean","real_time":1})";
  EXPECT_THAT(ErrorOf(R"({"benchmarks":[)" + mean + "," + mean + "]}"),
              HasSubstr("two benchmarks are named A"));
}

// A file that is cut at any place is refused or, if nearly complete, read. The reader never
// crashes, and the message is one line.
TEST(ParseBenchmarkJson, RefusesEveryTruncation) {
  const std::string text =
      SampleJson(
          {{"cloud", "local"}},
          {{"Cold", {{"real_time", {1, 2}}, {"api_ms", {1, 2}}}, 1, R"({"phases":["api"]})"}})
          .dump(1);
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_THAT(ErrorOf(text.substr(0, length)),
                testing::AnyOf(HasSubstr("truncated"), HasSubstr("empty")))
        << length;
  }
}

TEST(ReadBenchmarkFile, NamesWhatCannotBeRead) {
  EXPECT_THROW(ReadBenchmarkFile("/nonexistent/a.json"), InputError);
  EXPECT_THROW(ReadBenchmarkFile("/"), InputError);
  try {
    ReadBenchmarkFiles({test_support::SourcePath("results/published/ec2-cold-boot-study.json"),
                        "/nonexistent/a.json"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "/nonexistent/a.json: cannot be read: No such file or directory");
  }
}

TEST(ParseLabel, TakesFreeTextForWhatItIs) {
  EXPECT_EQ(ParseLabel("16 KiB"), Label());
  EXPECT_EQ(ParseLabel("{not json"), Label());
  EXPECT_EQ(ParseLabel(R"({"phases":"api","region":7})"), Label());
  const Label label = ParseLabel(
      R"({"phases":["api","boot"],"region":"r","zone":"z","type":"t","image":"i","derived":["x"],"failed":"ssh"})");
  EXPECT_THAT(label.phases, ElementsAre("api", "boot"));
  EXPECT_EQ(label.zone + label.type + label.image, "zti");
}

}  // namespace
}  // namespace launch_compare
