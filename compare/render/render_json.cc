// The format "json", for programs. Times are in milliseconds. Numbers that are not finite are null.
#include <cmath>
#include <nlohmann/json.hpp>

#include "compare/render/renderer.h"

namespace launch_compare {
namespace {

using Json = nlohmann::ordered_json;

class JsonRenderer : public Renderer {
 public:
  std::string Render(const Comparison& comparison, const GateResult* gate,
                     const Screen& screen) const override;
  std::string Render(const std::vector<Summary>& tables, const Screen& screen) const override;
};

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

const char* UnitName(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::kMilliseconds:
      return "ms";
    case MetricUnit::kUsd:
      return "USD";
    case MetricUnit::kShare:
      return "share";
    case MetricUnit::kPlain:
      break;
  }
  return "";
}

Json ToJson(const Side& side) {
  return {{"samples", side.samples},
          {"failed", side.failed},
          {"median", Number(side.median)},
          {"median_without_failed", Number(side.median_of_rest)}};
}

Json ToJson(const MetricComparison& m) {
  Json json = {{"metric", m.metric},
               {"unit", UnitName(m.kind.unit)},
               {"baseline", ToJson(m.baseline)},
               {"candidate", ToJson(m.candidate)}};
  if (m.shift) {
    json["shift"] = Number(m.shift->shift);
    json["interval"] = {{"lower", Number(m.shift->lower)},
                        {"upper", Number(m.shift->upper)},
                        {"coverage", m.shift->coverage},
                        {"reaches_confidence", m.shift->reaches_confidence}};
    json["p_value"] = m.test->p_value;
    json["p_method"] = Name(m.test->method);
    if (!std::isnan(m.test->cliffs_delta)) {  // of a rank test
      json["u"] = m.test->u;
      json["cliffs_delta"] = m.test->cliffs_delta;
    }
  }
  json["margin"] = Number(m.margin);
  json["resolution"] = Number(m.resolution());
  if (m.shift)
    json["bounds"] = {{"lower", Number(m.bounds.lower)}, {"upper", Number(m.bounds.upper)}};
  json["verdict"] = m.verdict ? Json(Name(*m.verdict)) : Json(nullptr);
  json["smallest_detectable"] = m.detectable ? Json(*m.detectable) : Json(nullptr);
  json["remarks"] = m.remarks;
  return json;
}

Json ToJson(const BenchmarkComparison& b) {
  Json json = {
      {"name", b.name},
      {"baseline", {{"launches", b.baseline_launches}, {"failures", b.baseline_failures}}},
      {"candidate", {{"launches", b.candidate_launches}, {"failures", b.candidate_failures}}},
      {"failure_messages", b.failure_messages},
      {"missing_from", b.missing_from},
      {"phase_errors", b.phase_errors},
      {"metrics", Json::array()}};
  for (const MetricComparison& metric : b.metrics) json["metrics"].push_back(ToJson(metric));
  return json;
}

Json ToJson(const GateResult& gate) {
  Json json = {{"outcome", Name(gate.outcome)},   {"exit_code", static_cast<int>(gate.outcome)},
               {"regressions", gate.regressions}, {"cannot_tell", gate.cannot_tell},
               {"undecided", gate.undecided},     {"notes", gate.notes},
               {"tests", Json::array()}};
  for (const GatedTest& test : gate.tests) {
    json["tests"].push_back({{"benchmark", test.benchmark},
                             {"metric", test.metric},
                             {"verdict", Name(test.verdict)},
                             {"p_value", test.p_value},
                             {"adjusted_p", test.adjusted_p},
                             {"regression", test.regression}});
  }
  return json;
}

std::string JsonRenderer::Render(const Comparison& comparison, const GateResult* gate,
                                 const Screen& /*screen*/) const {
  Json json = {{"baseline", comparison.baseline_paths},
               {"candidate", comparison.candidate_paths},
               {"sampling_unit", comparison.by_run ? "run" : "launch"},
               {"scope", ScopeSentence(comparison)},
               {"confidence", comparison.confidence},
               {"modelled", comparison.modelled},
               {"virtual_machines", comparison.virtual_machines},
               {"itself", comparison.itself},
               {"context_differences", comparison.context_differences},
               {"expected_differences", comparison.expected_differences},
               {"warnings", comparison.warnings},
               {"only_in_baseline", comparison.only_in_baseline},
               {"only_in_candidate", comparison.only_in_candidate},
               {"benchmarks", Json::array()}};
  for (const BenchmarkComparison& benchmark : comparison.benchmarks)
    json["benchmarks"].push_back(ToJson(benchmark));
  if (gate != nullptr) json["gate"] = ToJson(*gate);
  // Names may contain any bytes. Those that are not UTF-8 are replaced; dump() must not throw.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string JsonRenderer::Render(const std::vector<Summary>& tables,
                                 const Screen& /*screen*/) const {
  Json json = Json::array();
  for (const Summary& table : tables) {
    Json rows = Json::array();
    for (const SummaryRow& row : table.rows) {
      rows.push_back({{"technique", row.technique},
                      {"launches", row.launches},
                      {"failures", row.failures},
                      {"total_ms", Number(row.total)},
                      {"p90_ms", Number(row.p90)},
                      {"p99_ms", Number(row.p99)},
                      {"max_ms", Number(row.maximum)},
                      {"pending_to_running_ms", Number(row.pending_to_running)},
                      {"boot_to_ssh_ms", Number(row.boot_to_ssh)},
                      {"versus_cold", Number(row.total / row.cold_total - 1)}});
    }
    Json savings = Json::array();
    for (const Saving& saving : table.savings) {
      const bool measured = saving.pairs > 0;
      savings.push_back({{"technique", saving.variant},
                         {"baseline", saving.baseline},
                         {"pairs", saving.pairs},
                         {"shift_ms", Number(measured ? saving.shift.shift : kNone)},
                         {"interval",
                          {{"lower", Number(measured ? saving.shift.lower : kNone)},
                           {"upper", Number(measured ? saving.shift.upper : kNone)},
                           {"coverage", saving.shift.coverage},
                           {"reaches_confidence", saving.shift.reaches_confidence}}},
                         {"verdict", Name(saving.verdict)},
                         {"replayed_ms", Number(saving.replayed)},
                         {"replay_assumes", saving.replay_assumes}});
    }
    json.push_back({{"path", table.path},
                    {"source", table.source},
                    {"method", table.method},
                    {"modelled", table.modelled},
                    {"virtual_machines", table.virtual_machines},
                    {"machines", table.machines},
                    {"rows", std::move(rows)},
                    {"savings", std::move(savings)},
                    {"findings", table.findings},
                    {"warnings", table.warnings}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

const RendererRegistration kJsonRegistration("json", std::make_unique<JsonRenderer>());

}  // namespace
}  // namespace launch_compare
