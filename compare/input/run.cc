#include "compare/input/run.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace launch_compare {
namespace {

std::string TextMember(const nlohmann::json& object, const char* key) {
  const auto member = object.find(key);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

}  // namespace

Label ParseLabel(std::string_view text) {
  Label label;
  if (text.empty() || text.front() != '{') return label;
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return label;
  label.region = TextMember(object, "region");
  label.zone = TextMember(object, "zone");
  label.type = TextMember(object, "type");
  label.image = TextMember(object, "image");
  label.sweep = TextMember(object, "sweep");
  label.baseline = TextMember(object, "baseline");
  label.replay_assumes = TextMember(object, "replay_assumes");
  const auto phases = object.find("phases");
  if (phases != object.end() && phases->is_array()) {
    for (const nlohmann::json& phase : *phases) {
      if (phase.is_string()) label.phases.push_back(phase.get<std::string>());
    }
  }
  return label;
}

std::size_t Benchmark::failures() const {
  return static_cast<std::size_t>(std::count(failed.begin(), failed.end(), true));
}

const Metric* Benchmark::find(std::string_view metric) const {
  for (const Metric& candidate : metrics) {
    if (candidate.name == metric) return &candidate;
  }
  return nullptr;
}

std::string_view BenchmarkRun::context_value(const std::string& key) const {
  const auto entry = context.find(key);
  return entry == context.end() ? std::string_view() : std::string_view(entry->second);
}

}  // namespace launch_compare
