// Feeds arbitrary bytes to the reader of run journals, and what it finds to those who decide
// whether a run has ended: never an exception, and nothing that a journal of ours cannot say. Run
// by scripts/fuzz.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>

#include "fixtures/leftovers/journal_text.h"
#include "fixtures/leftovers/run_identity.h"
#include "fixtures/process/process_identity.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream text(std::string(reinterpret_cast<const char*>(data), size));
  const fixtures::JournalContent journal = fixtures::ParseJournal(text);

  std::set<fixtures::Resource> made;
  for (const fixtures::MadeResource& one : journal.made) {
    Require(!one.resource.id.empty());
    Require(made.insert(one.resource).second);
  }
  for (const fixtures::Resource& call : journal.unanswered) {
    Require(!call.id.empty());
    Require(std::ranges::count(journal.regions, call.region) == 1);
  }
  // A run that is not known to be dead is left alone: no text proves a death for lack of a form.
  if (!fixtures::IsProcessDescription(journal.header.process))
    Require(fixtures::StateOf(journal.header.process) == fixtures::ProcessState::kUnknown);
  fixtures::IsOfThisBoot(journal.header.process);
  if (fixtures::RunStartOf(journal.header.run_id))
    Require(fixtures::RunIdIn(journal.header.run_id) == journal.header.run_id);
  return 0;
}
