// Columns of text, lined up.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace launch_compare {

struct Cell {
  std::string text;         // ASCII: width is its size
  const char* colour = "";  // an ANSI sequence, or ""
};

// The first column is aligned left, the rest right. Each line starts with `indent` spaces.
std::string FormatColumns(const std::vector<std::vector<Cell>>& rows, std::size_t indent);

}  // namespace launch_compare
