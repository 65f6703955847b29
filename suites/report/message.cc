#include "suites/report/message.h"

#include <cstdio>
#include <ostream>

#include "aws/printable.h"
#include "suites/report/progress_line.h"

namespace suites {

void PrintLine(std::ostream& out, std::string_view line) {
  const ProgressPause pause;
  out << aws::Printable(line) << '\n';
}

void Say(std::string_view line) {
  const ProgressPause pause;
  std::fputs((aws::Printable(line) + "\n").c_str(), stderr);
}

}  // namespace suites
