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

// Broken between words so that no line has more than `columns`; every line after the first starts
// with `indent` spaces. A word that is longer stands alone.
std::string Wrap(const std::string& text, std::size_t columns, std::size_t indent);

}  // namespace launch_compare
