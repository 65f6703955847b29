#include "compare/text_table.h"

#include <algorithm>

namespace launch_compare {

std::string FormatColumns(const std::vector<std::vector<Cell>>& rows, std::size_t indent) {
  std::vector<std::size_t> widths;
  for (const std::vector<Cell>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c)
      widths[c] = std::max(widths[c], row[c].text.size());
  }
  std::string out;
  for (const std::vector<Cell>& row : rows) {
    out.append(indent, ' ');
    for (std::size_t c = 0; c < row.size(); ++c) {
      const Cell& cell = row[c];
      const std::string padding(widths[c] - cell.text.size(), ' ');
      if (c > 0) out += "  " + padding;
      const bool coloured = *cell.colour != '\0';
      if (coloured) out += cell.colour;
      out += cell.text;
      if (coloured) out += "\x1b[0m";
      if (c == 0 && row.size() > 1) out += padding;
    }
    out += '\n';
  }
  return out;
}

}  // namespace launch_compare
