#include "localcloud/guest/guest_metadata.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "localcloud/loop/uuid.h"

namespace localcloud {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kTtlHeader[] = "X-aws-ec2-metadata-token-ttl-seconds";
constexpr char kTokenHeader[] = "X-aws-ec2-metadata-token";
constexpr std::chrono::seconds kLongest{21600};  // a protocol time: never scaled
constexpr std::size_t kMostTokens = 10000;
// Each connection takes one of the cloud's descriptors, and no guest may use them all up. Further
// connections wait.
constexpr std::size_t kMostConnections = 64;
constexpr int kIdleSeconds = 60;

void Reply(evhttp_request* request, int status, const char* reason, const std::string& body) {
  evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "text/plain");
  evbuffer_add(evhttp_request_get_output_buffer(request), body.data(), body.size());
  evhttp_send_reply(request, status, reason, nullptr);
}

void Refuse(evhttp_request* request, int status, const char* reason) {
  Reply(request, status, reason, std::string(reason) + "\n");
}

// Turns "/latest/meta-data/" into "meta-data". Returns an empty text if the path names no version.
std::string WithoutVersion(const std::string& path) {
  const auto slash = path.find('/', 1);
  if (path.empty() || slash == std::string::npos) return "";
  const std::string rest = path.substr(slash + 1);
  return rest.substr(0, rest.find_last_not_of('/') + 1);
}

}  // namespace

void GuestMetadata::HttpFree::operator()(evhttp* http) const { evhttp_free(http); }

GuestMetadata::GuestMetadata(event_base* base, OwnedFd listener, const std::string& directory)
    : files_(directory), http_(evhttp_new(base)) {
  evhttp_bound_socket* const bound =
      http_ ? evhttp_accept_socket_with_handle(http_.get(), listener.get()) : nullptr;
  if (bound == nullptr) throw std::runtime_error("cannot start an HTTP server");
  connections_ = std::make_unique<HttpConnections>(base, http_.get(), bound, kMostConnections);
  evhttp_set_timeout(http_.get(), kIdleSeconds);
  (void)listener.Release();  // the server owns it now
  evhttp_set_max_headers_size(http_.get(), 16384);
  evhttp_set_max_body_size(http_.get(), 1024);
  evhttp_set_gencb(
      http_.get(),
      [](evhttp_request* request, void* self) {
        static_cast<GuestMetadata*>(self)->Answer(request);
      },
      this);
}

GuestMetadata::~GuestMetadata() = default;

void GuestMetadata::Answer(evhttp_request* request) {
  const char* const path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
  const std::string rest = WithoutVersion(path == nullptr ? "" : path);
  if (evhttp_request_get_command(request) == EVHTTP_REQ_PUT) {
    if (rest != "api/token") return Refuse(request, 404, "Not Found");
    return GiveToken(request);
  }
  if (evhttp_request_get_command(request) != EVHTTP_REQ_GET)
    return Refuse(request, 405, "Method Not Allowed");
  if (!HasToken(request)) return Refuse(request, 401, "Unauthorized");
  GiveFile(request, rest);
}

void GuestMetadata::GiveToken(evhttp_request* request) {
  const char* const text =
      evhttp_find_header(evhttp_request_get_input_headers(request), kTtlHeader);
  const std::chrono::seconds ttl(text == nullptr ? 0 : std::atol(text));
  if (ttl < std::chrono::seconds(1) || ttl > kLongest) return Refuse(request, 400, "Bad Request");
  const Clock::time_point now = Clock::now();
  std::erase_if(tokens_, [now](const auto& token) { return token.second <= now; });
  if (tokens_.size() >= kMostTokens) return Refuse(request, 503, "Service Unavailable");
  const std::string token = NewUuid();
  tokens_[token] = now + ttl;
  evhttp_add_header(evhttp_request_get_output_headers(request), kTtlHeader,
                    std::to_string(ttl.count()).c_str());
  Reply(request, 200, "OK", token);
}

bool GuestMetadata::HasToken(evhttp_request* request) {
  const char* const given =
      evhttp_find_header(evhttp_request_get_input_headers(request), kTokenHeader);
  const auto token = given == nullptr ? tokens_.end() : tokens_.find(given);
  return token != tokens_.end() && token->second > Clock::now();
}

void GuestMetadata::GiveFile(evhttp_request* request, const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + "/";
  if (path.find("/.") != std::string::npos) return Refuse(request, 404, "Not Found");
  if (const auto content = files_.Read(path)) return Reply(request, 200, "OK", *content);
  if (const auto listing = files_.Read(prefix + kListingFile))
    return Reply(request, 200, "OK", *listing);
  std::string list;
  for (const std::string& name : files_.List(path)) {
    if (!list.empty()) list += '\n';
    list += name;
    if (!files_.IsFile(prefix + name)) list += '/';
  }
  if (list.empty()) return Refuse(request, 404, "Not Found");
  Reply(request, 200, "OK", list);
}

}  // namespace localcloud
