#include "compare/render/text_table.h"

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

std::string Wrap(const std::string& text, std::size_t columns, std::size_t indent) {
  std::string out = text.substr(0, text.find_first_not_of(' '));
  std::size_t used = out.size();
  const std::size_t start = out.size();
  for (std::size_t begin = start; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::size_t word = end - begin;
    if (begin > start && used + 1 + word > columns) {
      out += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (begin > start) {
      out += ' ';
      ++used;
    }
    out.append(text, begin, word);
    used += word;
    begin = end + 1;
  }
  return out;
}

}  // namespace launch_compare
