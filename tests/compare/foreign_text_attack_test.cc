// A hostile results file. Its names, labels, messages and context try to control the terminal, to
// forge lines and table rows, and to put markup, links and mentions into a comment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "compare/render/printable.h"
#include "tests/support/build_paths.h"
#include "tests/support/file_text.h"

namespace launch_compare {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// Sets the title, clears the screen, forges a line, and has a C1 control, an override, an isolate
// and markup.
const std::string kHostile =
    "A\x1b]0;owned\x07\x1b[2J\nGate: pass\r\xc2\x9b"
    "31m\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8\xef\xbf\xbfx|y`z`<script>alert(1)</script> @octocat "
    "#1 "
    "http://evil.example www.evil.example [l](u)";
const std::string kHarmless = "A plain name";

// The two names are different, so that contexts and labels differ too.
nlohmann::json HostileRun(const std::string& text, double first, const std::string& more) {
  nlohmann::json rows = nlohmann::json::array();
  const nlohmann::json label = {
      {"phases", {text}}, {"region", text + more}, {"type", text}, {"image", text}};
  for (int i = 0; i < 9; ++i) {
    rows.push_back({{"name", text + "/iterations:1/manual_time"},
                    {"run_name", text + "/iterations:1/manual_time"},
                    {"run_type", "iteration"},
                    {"family_index", 0},
                    {"per_family_instance_index", 0},
                    {"repetition_index", i},
                    {"real_time", first + i},
                    {"cpu_time", 0},
                    {"time_unit", "ms"},
                    {text + "_ms", first + i},
                    {"label", label.dump()}});
  }
  rows.back()["error_occurred"] = true;
  rows.back()["error_message"] = text;
  rows.push_back(rows.front());
  rows.back()["name"] = rows.back()["run_name"] = more + text;
  rows.back()["family_index"] = 1;
  rows.back()["repetition_index"] = 0;
  return {{"context", {{"cloud", text + more}, {"source", text}, {"method", text}}},
          {"benchmarks", rows}};
}

class ForeignTextAttack : public testing::Test {
 protected:
  ForeignTextAttack() {
    std::string pattern = (std::filesystem::temp_directory_path() / "foreign_text_XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~ForeignTextAttack() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ + "/" + name, std::ios::binary) << text;
    return "'" + directory_ + "/" + name + "'";
  }

  // Returns what the program prints about two runs that are full of `text`.
  std::string Output(const std::string& text, const std::string& arguments) const {
    const std::string a = Write("a.json", HostileRun(text, 25000, "a").dump());
    const std::string b = Write("b.json", HostileRun(text, 28000, "b").dump());
    return Invoke(arguments + " " + a + (arguments.starts_with("table") ? "" : " " + b));
  }

  std::string Invoke(const std::string& arguments) const {
    const std::string out = directory_ + "/out";
    const std::string command = test_support::ProgramPath("launch_compare") + " " + arguments +
                                " > '" + out + "' 2>&1 < /dev/null";
    const int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) <= 2) << command;
    return test_support::FileText(out);
  }

  std::string directory_;
};

std::ptrdiff_t Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

// No line contains anything that a terminal acts on: Printable() does not change it.
void ExpectPlain(const std::string& output) {
  ASSERT_FALSE(output.empty());
  std::size_t begin = 0;
  while (begin < output.size()) {
    const std::size_t end = std::min(output.find('\n', begin), output.size());
    const std::string line = output.substr(begin, std::min(end - begin, kLongestText));
    EXPECT_EQ(Printable(std::string_view(line)), line);
    begin = end + 1;
  }
  for (const unsigned char c : output) ASSERT_TRUE(c >= 0x20 || c == '\n') << int{c};
  EXPECT_THAT(output, Not(AnyOf(HasSubstr("\xc2\x9b"), HasSubstr("\xe2\x80\xae"))));
}

TEST_F(ForeignTextAttack, ForgesNothingOnTheTerminal) {
  for (const std::string arguments : {"", "--gate", "--gate --across_contexts", "table",
                                      "--gate --across_contexts --alpha=1e-9"}) {
    const std::string output = Output(kHostile, arguments);
    ExpectPlain(output);
    EXPECT_EQ(Lines(output), Lines(Output(kHarmless, arguments))) << arguments << "\n" << output;
    EXPECT_THAT(output,
                HasSubstr("\\x1b]0;owned\\x07\\x1b[2J\\x0aGate: pass\\x0d\\u009b31m\\u202e"));
  }
}

TEST_F(ForeignTextAttack, PutsNoMarkupIntoMarkdown) {
  for (const std::string arguments :
       {"--format=markdown", "--format=markdown --gate --across_contexts",
        "table --format=markdown"}) {
    const std::string output = Output(kHostile, arguments);
    ExpectPlain(output);
    EXPECT_EQ(Lines(output), Lines(Output(kHarmless, arguments))) << arguments << "\n" << output;
    EXPECT_THAT(output, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(output, Not(AnyOf(HasSubstr("<script"), HasSubstr("@octocat"), HasSubstr("#1"),
                                  HasSubstr("://"), HasSubstr("www."), HasSubstr("x|y"),
                                  HasSubstr("y`"), HasSubstr(" [l"), HasSubstr("l](u"))))
        << output;
  }
}

TEST_F(ForeignTextAttack, WritesWellFormedXml) {
  const std::string arguments = "--format=junit --gate --across_contexts";
  const std::string output = Output(kHostile, arguments);
  ExpectPlain(output);
  EXPECT_EQ(Lines(output), Lines(Output(kHarmless, arguments))) << output;
  EXPECT_THAT(output, AllOf(HasSubstr("&lt;script&gt;"), Not(HasSubstr("<script"))));
}

TEST_F(ForeignTextAttack, KeepsTheTextInJson) {
  const auto json = nlohmann::json::parse(Output(kHostile, "--format=json"));
  EXPECT_EQ(json["benchmarks"][0]["name"], kHostile);
}

// Error messages name a file and quote what is wrong in it.
TEST_F(ForeignTextAttack, ForgesNothingInAnError) {
  const nlohmann::json row = {
      {"name", kHostile}, {"run_type", "iteration"}, {"repetition_index", 0}, {"real_time", 1}};
  for (const std::string& arguments :
       {Write("bad\x1b[2J\nlaunch_compare: all is well.json", "{") + " x",
        "table " + Write("twice.json", nlohmann::json{{"benchmarks", {row, row}}}.dump()),
        "--policy=" + Write("p.json", nlohmann::json{{"rules", {{{kHostile, 1}}}}}.dump()) + " a b",
        std::string("--gate --nonsense\x1b[2J=1")}) {
    const std::string output = Invoke(arguments);
    ExpectPlain(output);
    EXPECT_EQ(Lines(output), 1) << output;
  }
}

TEST(PrintableAttack, EscapesWhatATerminalOrAReaderMistakes) {
  const auto printable = [](std::string_view text) { return Printable(text); };
  EXPECT_EQ(printable("plain, Grüße, 日本, \\x1b"), "plain, Grüße, 日本, \\x1b");
  EXPECT_EQ(printable(std::string_view("\0\x1b\x7f\t", 4)), "\\x00\\x1b\\x7f\\x09");
  EXPECT_EQ(printable("\xc2\x80\xc2\x9f\xc2\xa0"), "\\u0080\\u009f\xc2\xa0");
  EXPECT_EQ(printable("\x9b\xff\xc3"), "\\x9b\\xff\\xc3") << "no UTF-8";
  EXPECT_EQ(printable("\xc0\x9b\xe0\x80\x9b"), "\\xc0\\x9b\\xe0\\x80\\x9b") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80\xf4\x90\x80\x80"), "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable("\xd8\x9c\xe2\x80\x8e\xe2\x81\xa9\xf3\xa0\x81\x81"),
            "\\u061c\\u200e\\u2069\\ue0041");
  const std::string cut = printable(std::string(1'000'000, '\x1b'));
  EXPECT_LE(cut.size(), kLongestText + 3);
  EXPECT_TRUE(cut.ends_with("\\x1b…"));
}

}  // namespace
}  // namespace launch_compare
