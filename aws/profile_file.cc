#include "aws/profile_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "aws/error.h"
#include "aws/given_file.h"

namespace aws {
namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// A comment after a value needs a blank before it, so that values may contain # and ;.
std::string_view WithoutComment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool mark = text[i] == '#' || text[i] == ';';
    if (mark && (text[i - 1] == ' ' || text[i - 1] == '\t')) return text.substr(0, i);
  }
  return text;
}

// "profile  'my dev'" becomes "profile my dev".
std::string SectionName(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (c == '"' || c == '\'') continue;
    const bool blank = c == ' ' || c == '\t';
    if (blank && (name.empty() || name.back() == ' ')) continue;
    name += blank ? ' ' : c;
  }
  while (name.ends_with(' ')) name.pop_back();
  return name;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

class Parser {
 public:
  explicit Parser(const std::string& path) : path_(path) {}

  void Line(std::string_view line) {
    ++line_number_;
    const std::string_view text = Trim(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') return;
    const std::size_t indent = line.find_first_not_of(kBlanks);
    // A line that is indented more than the key above it belongs to that key's value. Comparing
    // with the key allows whole sections to be indented.
    if (key_indent_ && indent > *key_indent_) return;
    if (text.front() == '[') {
      Section(text);
    } else {
      KeyValue(text, indent);
    }
  }

  ProfileFile Take() { return std::move(file_); }

 private:
  void Section(std::string_view text) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) Fail("a section header without ]");
    const std::string_view rest = Trim(text.substr(end + 1));
    if (!rest.empty() && rest.front() != '#' && rest.front() != ';') {
      Fail("something after the section header");
    }
    const std::string name = SectionName(text.substr(1, end - 1));
    if (name.empty()) Fail("a section header without a name");
    section_ = &file_[name];
    key_indent_.reset();
  }

  void KeyValue(std::string_view text, std::size_t indent) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) Fail("neither [section] nor key = value");
    const std::string_view key = Trim(text.substr(0, equals));
    if (key.empty()) Fail("a value without a key");
    if (section_ == nullptr) Fail("a key before the first [section]");
    (*section_)[Lower(key)] = Trim(WithoutComment(text.substr(equals + 1)));
    key_indent_ = indent;
  }

  [[noreturn]] void Fail(const char* what) const {
    ThrowCredentialsError(fmt::format("{}:{}: {}", path_, line_number_, what));
  }

  const std::string& path_;
  int line_number_ = 0;
  ProfileFile file_;
  ProfileSection* section_ = nullptr;
  std::optional<std::size_t> key_indent_;  // of the last key of this section
};

}  // namespace

ProfileFile ParseProfileFile(std::string_view text, const std::string& path) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // editors on Windows add it
  Parser parser(path);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    parser.Line(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parser.Take();
}

std::optional<ProfileFile> ReadProfileFile(const std::string& path) {
  std::optional<std::string> text;
  try {
    text = ReadGivenFileIfThere(path);
  } catch (const std::runtime_error& error) {
    ThrowCredentialsError(error.what());
  }
  if (!text) return std::nullopt;
  return ParseProfileFile(*text, path);
}

}  // namespace aws
