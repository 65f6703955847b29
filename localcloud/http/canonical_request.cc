#include "localcloud/http/canonical_request.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace localcloud {
namespace {

// "  a   b " is signed as "a b".
std::string TrimAll(std::string_view text) {
  std::string trimmed;
  for (const char c : Trim(text)) {
    const bool space = c == ' ' || c == '\t';
    if (!space) {
      trimmed += c;
    } else if (trimmed.back() != ' ') {
      trimmed += ' ';
    }
  }
  return trimmed;
}

bool IsUnreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

void AppendPercent(unsigned char c, std::string* out) {
  char escaped[4];
  std::snprintf(escaped, sizeof(escaped), "%%%02X", c);
  *out += escaped;
}

// Percent-encodes exactly once, even if parts are encoded already: "%41b c" becomes "Ab%20c".
std::string NormaliseEscapes(std::string_view text) {
  std::string out;
  for (const char c : Unescape(text)) {
    if (IsUnreserved(static_cast<unsigned char>(c))) {
      out += c;
    } else {
      AppendPercent(static_cast<unsigned char>(c), &out);
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
        std::isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      c = static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
    out += c;
  }
  return out;
}

Pairs ParseQuery(std::string_view query) {
  Pairs pairs;
  for (const std::string& part : Split(query, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    pairs.emplace_back(Unescape(part.substr(0, equals)),
                       equals == std::string::npos ? "" : Unescape(part.substr(equals + 1)));
  }
  return pairs;
}

std::optional<std::string> Find(const Pairs& pairs, std::string_view name) {
  const auto found =
      std::ranges::find_if(pairs, [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? std::nullopt : std::optional(found->second);
}

std::string CanonicalPath(std::string_view path) {
  std::vector<std::string> kept;
  const std::vector<std::string> segments = Split(path, '/');
  for (const std::string& segment : segments) {
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
      continue;
    }
    kept.push_back(segment);
  }
  std::string canonical;
  for (const std::string& segment : kept) {
    canonical += '/';
    for (const char c : segment) {
      const auto byte = static_cast<unsigned char>(c);
      if (IsUnreserved(byte)) {
        canonical += c;
      } else {
        AppendPercent(byte, &canonical);
      }
    }
  }
  const bool directory = segments.size() > 1 && segments.back().empty();
  if (canonical.empty() || directory) canonical += '/';
  return canonical;
}

std::string CanonicalQuery(std::string_view query) {
  if (query.empty()) return {};
  Pairs pairs;
  for (const std::string& part : Split(query, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const std::string_view text = part;
    const std::string name = NormaliseEscapes(text.substr(0, equals));
    if (name == kQuerySignature) continue;  // a presigned URL cannot sign its own signature
    pairs.emplace_back(name, equals == std::string::npos
                                 ? std::string()
                                 : NormaliseEscapes(text.substr(equals + 1)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string canonical;
  for (const auto& [name, value] : pairs) {
    if (!canonical.empty()) canonical += '&';
    canonical.append(name).append("=").append(value);
  }
  return canonical;
}

bool CanonicalHeaders(const HttpRequest& request, const std::vector<std::string>& signed_headers,
                      std::string* canonical) {
  for (const std::string& name : signed_headers) {
    std::string joined;
    bool found = false;
    for (const auto& [key, value] : request.headers) {
      if (!EqualsIgnoreCase(key, name)) continue;
      if (found) joined += ',';
      joined += TrimAll(value);
      found = true;
    }
    if (!found) return false;
    canonical->append(name).append(":").append(joined).append("\n");
  }
  return true;
}

}  // namespace localcloud
