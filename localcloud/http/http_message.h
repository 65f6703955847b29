// HTTP requests and answers as the protocol code sees them, independent of any server library.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace localcloud {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  // "POST"
  std::string path;    // as sent, still percent-encoded: "/"
  std::string query;   // as sent, without '?'
  HttpHeaders headers;
  std::string body;
  std::string peer = {};  // the client's address: "127.0.0.1"

  // Returns the first header with that name, in upper or lower case; empty if there is none.
  std::string_view header(std::string_view name) const;
};

// Reads a request line and headers as they are sent. Skips lines that are malformed.
HttpRequest ParseRequestHead(std::string_view text);

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain";
  HttpHeaders headers;  // in addition to Content-Type and Content-Length
  std::string body;
  // Faults on purpose. kResetInBody: sends half of the body, then resets the connection. kNoAnswer:
  // closes the connection without an answer.
  enum class Ending { kWhole, kResetInBody, kNoAnswer };
  Ending ending = Ending::kWhole;
  // If set, called when the answer leaves the cloud, unless a fault damages it.
  std::function<void()> on_sent = {};
};

// Returns the text without the blanks and line breaks at both ends.
std::string_view Trim(std::string_view text);

// Compares ASCII letters only, which is enough for HTTP header names and AWS's enumerations.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string ToLower(std::string_view text);

}  // namespace localcloud
