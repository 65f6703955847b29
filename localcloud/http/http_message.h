// HTTP requests and answers as the protocol code sees them, free of any server library.
#pragma once

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

  // The first header of that name, whatever its case; empty where there is none.
  std::string_view header(std::string_view name) const;
};

// Reads a request line and headers, as they are sent. What cannot be read is left out.
HttpRequest ParseRequestHead(std::string_view text);

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain";
  HttpHeaders headers;  // beside Content-Type and Content-Length
  std::string body;
  // On purpose: half of it is sent and the connection reset; or none of it, and it ends.
  enum class Ending { kWhole, kResetInBody, kNoAnswer };
  Ending ending = Ending::kWhole;
};

// ASCII only, as HTTP header names and AWS's enumerations are.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string ToLower(std::string_view text);

}  // namespace localcloud
