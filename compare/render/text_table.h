// Aligns text in columns and wraps lines.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace launch_compare {

struct Cell {
  std::string text;         // ASCII, so its size is its width
  const char* colour = "";  // an ANSI sequence, or ""
};

// Aligns the first column left and the rest right. Each line starts with `indent` spaces.
std::string FormatColumns(const std::vector<std::vector<Cell>>& rows, std::size_t indent);

// Breaks `text` between words so that no line has more than `columns` characters. Every line after
// the first starts with `indent` spaces. A word that is too long gets a line of its own.
std::string Wrap(const std::string& text, std::size_t columns, std::size_t indent);

}  // namespace launch_compare
