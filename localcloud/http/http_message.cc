#include "localcloud/http/http_message.h"

#include <algorithm>

namespace localcloud {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Returns the text up to the next line break. Removes both from `text`.
std::string_view TakeLine(std::string_view* text) {
  const std::size_t end = text->find('\n');
  const std::string_view line = Trim(text->substr(0, end));
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return line;
}

}  // namespace

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

HttpRequest ParseRequestHead(std::string_view text) {
  HttpRequest request;
  const std::string_view first = TakeLine(&text);
  const std::size_t space = first.find(' ');
  request.method = first.substr(0, space);
  if (space != std::string_view::npos) {
    const std::string_view rest = Trim(first.substr(space));
    const std::string_view uri = rest.substr(0, rest.find(' '));
    const std::size_t question = uri.find('?');
    request.path = uri.substr(0, question);
    if (question != std::string_view::npos) request.query = uri.substr(question + 1);
  }
  while (!text.empty()) {
    const std::string_view line = TakeLine(&text);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos)
      request.headers.emplace_back(Trim(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  }
  return request;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

}  // namespace localcloud
