// The format "junit", for CI servers: one test case for each gated comparison, and one for each
// other result of the gate.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "compare/input/input_error.h"
#include "compare/judge/quantity.h"
#include "compare/render/renderer.h"

namespace launch_compare {
namespace {

class JunitRenderer : public TextRenderer {
 protected:
  std::string RenderPrintable(const Comparison& comparison, const GateResult* gate,
                              const Screen& screen) const override;
  std::string RenderPrintable(const std::vector<Summary>& tables,
                              const Screen& screen) const override;
};

// Requires: `text` is printable; it then has no characters that XML 1.0 forbids.
std::string EscapeXml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

// `element` is "failure", "error", "skipped" or "" for a pass.
std::string Case(const std::string& group, const std::string& name, const std::string& element,
                 const std::string& message) {
  const std::string open =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\"", EscapeXml(group), EscapeXml(name));
  if (element.empty()) return open + "/>\n";
  return fmt::format("{}>\n      <{} message=\"{}\"/>\n    </testcase>\n", open, element,
                     EscapeXml(message));
}

std::string JunitRenderer::RenderPrintable(const Comparison& comparison, const GateResult* gate,
                                           const Screen& /*screen*/) const {
  if (gate == nullptr)
    throw InputError("--format=junit: needs --gate: without it nothing passes or fails");
  std::string cases;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t count = 0;
  const auto add = [&](const std::string& group, const std::string& name,
                       const std::string& element, const std::string& message) {
    cases += Case(group, name, element, message);
    ++count;
    failures += element == "failure" ? 1 : 0;
    errors += element == "error" ? 1 : 0;
  };
  const bool undecided_fails = gate->outcome == Outcome::kRegression && gate->regressions.empty();
  std::set<std::string> said;
  for (const GatedTest& test : gate->tests) {
    const bool undecided = !test.regression && !test.message.empty();
    const char* element = test.regression || (undecided && undecided_fails) ? "failure"
                          : undecided                                       ? "skipped"
                                                                            : "";
    add(test.benchmark, test.metric, element, test.message);
    said.insert(test.message);
  }
  // Then the results of rules (a missing benchmark, ...) and the reasons why the gate cannot tell.
  for (const std::string& line : gate->regressions) {
    if (!said.contains(line)) add("gate", line.substr(0, line.find(':')), "failure", line);
  }
  for (const std::string& line : gate->cannot_tell)
    add("gate", line.substr(0, line.find(':')), "error", line);
  const std::string mark = MarkOf(comparison.modelled, comparison.virtual_machines);
  const std::string suite = fmt::format(
      "launch_compare{}: {} to {}", mark.empty() ? "" : fmt::format(" ({})", mark),
      fmt::join(comparison.baseline_paths, ", "), fmt::join(comparison.candidate_paths, ", "));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n{}  "
      "</testsuite>\n</testsuites>\n",
      EscapeXml(suite), count, failures, errors, cases);
}

std::string JunitRenderer::RenderPrintable(const std::vector<Summary>& /*tables*/,
                                           const Screen& /*screen*/) const {
  throw InputError("--format=junit: does not work with table: use terminal, markdown or json");
}

const RendererRegistration kJunitRegistration("junit", std::make_unique<JunitRenderer>());

}  // namespace
}  // namespace launch_compare
