#include "suites/message.h"

#include <cstdio>
#include <ostream>

#include "aws/printable.h"

namespace suites {

void PrintLine(std::ostream& out, std::string_view line) { out << aws::Printable(line) << '\n'; }

void Say(std::string_view line) { std::fputs((aws::Printable(line) + "\n").c_str(), stderr); }

}  // namespace suites
