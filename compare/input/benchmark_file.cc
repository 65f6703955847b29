#include "compare/input/benchmark_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <future>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "compare/input/given_file.h"
#include "compare/input/input_error.h"
#include "compare/input/run_builder.h"
#include "compare/input/utf8.h"

namespace launch_compare {
namespace {

using nlohmann::json;

constexpr double kNotFinite = std::numeric_limits<double>::quiet_NaN();

// Replaces numbers that JSON does not allow. Must not be longer than "NaN".
constexpr std::string_view kNotFiniteMarker = R"("")";

// Returns the quote that closes the string that starts at `open`, or `end`.
char* EndOfString(char* open, char* end) {
  for (char* close = open + 1;; ++close) {
    close = static_cast<char*>(std::memchr(close, '"', static_cast<std::size_t>(end - close)));
    if (close == nullptr) return end;
    const char* before = close;
    while (before[-1] == '\\') --before;  // stops at the opening quote
    if ((close - before) % 2 == 0) return close;
  }
}

// Overwrites bare NaN, nan, inf and Infinity, with or without a sign, by the marker. Works in
// place, because a file may be large.
void MarkBareNonFinite(std::string& text) {
  static constexpr std::array<std::string_view, 4> kTokens = {"Infinity", "NaN", "nan", "inf"};
  char* const end = text.data() + text.size();
  for (char* c = text.data(); c < end; ++c) {
    if (*c == '"') {
      c = EndOfString(c, end);
      continue;
    }
    if (*c != 'N' && *c != 'I' && *c != 'n' && *c != 'i') continue;
    const std::string_view rest(c, static_cast<std::size_t>(end - c));
    const auto* token =
        std::find_if(kTokens.begin(), kTokens.end(), [&](auto t) { return rest.starts_with(t); });
    if (token == kTokens.end()) continue;
    std::fill_n(c, token->size(), ' ');
    if (c > text.data() && c[-1] == '-') c[-1] = ' ';
    std::copy(kNotFiniteMarker.begin(), kNotFiniteMarker.end(), c);
    c += token->size() - 1;
  }
}

enum class Field {
  kName,
  kRunName,
  kRunType,
  kAggregateName,
  kTimeUnit,
  kLabel,
  kErrorMessage,
  kFamily,
  kInstance,
  kRepetition,
  kErrorOccurred,
  kSkipped,
  kSkipMessage,
  kRealTime,
  kCpuTime,
  kOther,    // written by the library, not needed here
  kCounter,  // anything else
};

Field FieldOf(const std::string& key) {
  static const std::unordered_map<std::string, Field> kFields = {
      {"name", Field::kName},
      {"run_name", Field::kRunName},
      {"run_type", Field::kRunType},
      {"aggregate_name", Field::kAggregateName},
      {"time_unit", Field::kTimeUnit},
      {"label", Field::kLabel},
      {"error_message", Field::kErrorMessage},
      {"family_index", Field::kFamily},
      {"per_family_instance_index", Field::kInstance},
      {"repetition_index", Field::kRepetition},
      {"error_occurred", Field::kErrorOccurred},
      {"skipped", Field::kSkipped},
      {"real_time", Field::kRealTime},
      {"cpu_time", Field::kCpuTime},
      {"repetitions", Field::kOther},
      {"threads", Field::kOther},
      {"iterations", Field::kOther},
      {"aggregate_unit", Field::kOther},
      {"skip_message", Field::kSkipMessage},
      {"cpu_coefficient", Field::kOther},
      {"real_coefficient", Field::kOther},
      {"big_o", Field::kOther},
      {"rms", Field::kOther},
  };
  const auto known = kFields.find(key);
  return known == kFields.end() ? Field::kCounter : known->second;
}

// Handles the parser's events. Keeps only what a BenchmarkRun needs, so that a large file needs
// little more memory than its text.
class Reader : public nlohmann::json_sax<json> {
 public:
  explicit Reader(RunBuilder& builder) : builder_(builder) {}

  bool saw_benchmarks() const { return saw_benchmarks_; }
  std::size_t error_position() const { return error_position_; }
  std::size_t hash() const { return hash_; }  // of the keys and values in their order

  bool null() override { return Number(kNotFinite); }
  bool boolean(bool value) override {
    Hash(value);
    if (InContext()) builder_.run().context[key_] = value ? "true" : "false";
    if (InRow() && field_ == Field::kErrorOccurred) row_.error_occurred = value;
    if (InRow() && field_ == Field::kSkipped) row_.skipped = value;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    if (InContext()) builder_.run().context[key_] = std::to_string(value);
    return Number(static_cast<double>(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (InContext()) builder_.run().context[key_] = std::to_string(value);
    if (InRow() && field_ == Field::kFamily) row_.family = value;
    if (InRow() && field_ == Field::kInstance) row_.instance = value;
    if (InRow() && field_ == Field::kRepetition) row_.repetition = value;
    return Number(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t& text) override {
    if (InContext()) builder_.run().context[key_] = text;
    return Number(value);
  }
  bool string(string_t& value) override {
    Hash(value);
    if (InContext()) builder_.run().context[key_] = value;
    if (InRow()) Text(value);
    return true;
  }
  bool binary(binary_t& /*value*/) override { return true; }

  bool start_object(std::size_t /*elements*/) override {
    ++depth_;
    if (InRow()) row_.Clear();
    return true;
  }
  bool end_object() override {
    if (InRow()) builder_.Add(row_);
    --depth_;
    return true;
  }
  bool start_array(std::size_t /*elements*/) override {
    ++depth_;
    in_array_ = depth_ == 2;
    if (in_array_ && section_ == Section::kBenchmarks) saw_benchmarks_ = true;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& value) override {
    Hash(value);
    if (depth_ == 1) {
      in_array_ = false;
      section_ = value == "context"      ? Section::kContext
                 : value == "benchmarks" ? Section::kBenchmarks
                                         : Section::kOther;
    } else if (InRow()) {
      field_ = FieldOf(value);
      if (field_ == Field::kCounter) StartCounter(value);
    } else if (InContext()) {
      key_ = value;
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const json::exception& /*error*/) override {
    error_position_ = position;
    return false;
  }

 private:
  enum class Section { kOther, kContext, kBenchmarks };

  template <typename Value>
  void Hash(const Value& value) {
    // The constant of a 64-bit FNV-1 hash.
    hash_ = (hash_ ^ std::hash<Value>()(value)) * 0x100000001b3U;
  }

  bool InContext() const { return section_ == Section::kContext && depth_ == 2; }
  bool InRow() const { return section_ == Section::kBenchmarks && in_array_ && depth_ == 3; }

  // Prepares a counter. Number() completes it if its value is a number.
  void StartCounter(const std::string& name) {
    if (row_.counter_count == row_.counters.size()) row_.counters.emplace_back();
    row_.counters[row_.counter_count].first = name;
  }

  bool Number(double value) {
    Hash(value);
    if (!InRow()) return true;
    if (field_ == Field::kRealTime) row_.real_time = value;
    if (field_ == Field::kCpuTime) row_.cpu_time = value;
    if (field_ == Field::kCounter) row_.counters[row_.counter_count++].second = value;
    // A key has one value. Numbers that follow before the next key are inside of that value.
    field_ = Field::kOther;
    return true;
  }

  void Text(std::string& value) {
    switch (field_) {
      case Field::kName:
        row_.name.swap(value);
        break;
      case Field::kRunName:
        row_.run_name.swap(value);
        break;
      case Field::kRunType:
        row_.run_type.swap(value);
        break;
      case Field::kAggregateName:
        row_.aggregate_name.swap(value);
        break;
      case Field::kTimeUnit:
        row_.time_unit.swap(value);
        break;
      case Field::kLabel:
        row_.label.swap(value);
        break;
      case Field::kErrorMessage:
        row_.error_message.swap(value);
        break;
      case Field::kSkipMessage:
        row_.skip_message.swap(value);
        break;
      case Field::kRealTime:
      case Field::kCpuTime:
      case Field::kCounter:
        if (value.empty()) Number(kNotFinite);  // the marker
        break;
      default:
        break;
    }
  }

  RunBuilder& builder_;
  Row row_;
  Section section_ = Section::kOther;
  Field field_ = Field::kOther;
  std::string key_;  // in the context
  std::size_t depth_ = 0;
  bool in_array_ = false;  // at depth 2: the section's value is an array
  bool saw_benchmarks_ = false;
  std::size_t error_position_ = 0;
  std::size_t hash_ = 0;
};

// Returns the likely cause of a syntax error in a file that another tool wrote or that was edited
// by hand, or "". The parser stopped at `at`.
std::string LikelyCause(const std::string& text, std::size_t at) {
  const std::size_t line_start = text.find_last_of('\n', at == 0 ? 0 : at - 1) + 1;
  std::string line = text.substr(line_start, text.find('\n', at) - line_start);
  for (const std::string_view space : {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89"}) {
    for (std::size_t i = line.find(space); i != std::string::npos; i = line.find(space, i))
      line.replace(i, space.size(), "'");
  }
  // Digits grouped by commas, by points before a decimal comma, by apostrophes or by these spaces.
  static const std::regex grouped(
      R"(:\s*-?\d{1,3}((,\d{3})+(\.\d+)?\s*(,|\}|$)|(\.\d{3})+,\d+|('\d{3})+))");
  static const std::regex comma(R"(:\s*-?\d+,\d+\s*(,|\}|$))");
  static const std::regex too_large(R"(:\s*(-?\d+(\.\d+)?[eE]\+?\d{3,}))");
  std::smatch found;
  if (std::regex_search(line, found, grouped))
    return fmt::format(": digits are grouped ({})", std::string(found[0]).substr(1));
  if (std::regex_search(line, found, comma))
    return fmt::format(": a decimal comma ({})", std::string(found[0]).substr(1));
  if (std::regex_search(line, found, too_large))
    return fmt::format(": no double holds {}", std::string(found[1]));
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(i < text.size() ? text[i] : ' ');
  };
  // A Latin-1 letter looks like the start of a UTF-8 sequence, so the parser stops after it.
  const unsigned char c = at > 0 && byte(at - 1) >= 0x80 ? byte(at - 1) : byte(at);
  if (c < 0x20 && c != '\n' && c != '\r' && c != '\t')
    return fmt::format(": a raw control character (0x{:02x})", c);
  if (c == '\t' || c == '\n') return ": a raw line break or tab inside a text";
  if (c >= 0x80 && at < text.size() && DecodeUtf8(std::string_view(text).substr(at)).bytes > 1)
    return ": a letter or sign outside of a text";
  if (c >= 0x80) return fmt::format(": byte 0x{:02x} is not UTF-8: is the file in Latin-1?", c);
  return "";
}

std::string DescribeSyntaxError(const std::string& text, std::size_t position,
                                const std::string& path) {
  if (position > text.size()) {  // the parser counts the end of input as a character
    return path + ": ends in the middle of the JSON: truncated?";
  }
  const auto begin = text.begin();
  const auto at = begin + static_cast<std::ptrdiff_t>(position == 0 ? 0 : position - 1);
  const auto line = 1 + std::count(begin, at, '\n');
  const auto line_start = std::find(std::make_reverse_iterator(at), text.rend(), '\n').base();
  return fmt::format("{}: not valid JSON at line {}, column {}{}", path, line, at - line_start + 1,
                     LikelyCause(text, position == 0 ? 0 : position - 1));
}

}  // namespace

BenchmarkRun ParseBenchmarkJson(std::string text, const std::string& path) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) throw InputError(path + ": is empty");
  using namespace std::string_view_literals;
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") || text.starts_with("{\0"sv) ||
      text.starts_with("\0{"sv) || text.starts_with("\0\0\xfe\xff"sv)) {
    throw InputError(path + ": is in UTF-16 or UTF-32: write it in UTF-8");
  }
  // The parser would take a NUL byte for the end of the file.
  if (const std::size_t nul = text.find('\0'); nul != std::string::npos)
    throw InputError(fmt::format("{}: has a NUL byte at {}: damaged, or no text", path, nul));
  RunBuilder builder(path);
  MarkBareNonFinite(text);
  Reader reader(builder);
  if (!json::sax_parse(text.data(), text.data() + text.size(), &reader)) {
    throw InputError(DescribeSyntaxError(text, reader.error_position(), path));
  }
  if (!reader.saw_benchmarks())
    throw InputError(path + ": not a Google Benchmark file: it has no \"benchmarks\" array");
  builder.run().content_hash = reader.hash();
  text = std::string();  // frees the memory before the results are built
  return builder.Finish();
}

BenchmarkRun ReadBenchmarkFile(const std::string& path) {
  return ParseBenchmarkJson(ReadGivenFile(path), path);
}

std::vector<BenchmarkRun> ReadBenchmarkFiles(const std::vector<std::string>& paths) {
  std::vector<std::future<BenchmarkRun>> readers;
  readers.reserve(paths.size());
  for (const std::string& path : paths)
    readers.push_back(std::async(std::launch::async, ReadBenchmarkFile, path));
  std::vector<BenchmarkRun> runs;
  runs.reserve(paths.size());
  for (std::future<BenchmarkRun>& reader : readers) runs.push_back(reader.get());
  return runs;
}

}  // namespace launch_compare
