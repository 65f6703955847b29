// The instance metadata service that a guest sees.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "localcloud/guest/guest_files.h"
#include "localcloud/http/http_connections.h"
#include "localcloud/loop/owned_fd.h"

struct event_base;
struct evhttp;
struct evhttp_request;

namespace localcloud {

// Serves IMDSv2 (EC2 user guide, "Access instance metadata"). PUT /latest/api/token with
// X-aws-ec2-metadata-token-ttl-seconds (1 to 21600) returns a token. GET requires a valid token in
// X-aws-ec2-metadata-token. Every other path below /latest (or a version date) is a file below the
// directory, or a listing of a directory there: its file kListingFile if it has one, otherwise its
// names. Use from the event loop's thread only.
class GuestMetadata {
 public:
  static constexpr char kListingFile[] = ".listing";

  // Takes over `listener`, a listening socket. Throws std::runtime_error.
  GuestMetadata(event_base* base, OwnedFd listener, const std::string& directory);
  ~GuestMetadata();
  GuestMetadata(const GuestMetadata&) = delete;
  GuestMetadata& operator=(const GuestMetadata&) = delete;

 private:
  struct HttpFree {
    void operator()(evhttp* http) const;
  };
  void Answer(evhttp_request* request);
  void GiveToken(evhttp_request* request);
  bool HasToken(evhttp_request* request);
  void GiveFile(evhttp_request* request, const std::string& path);

  GuestFiles files_;
  std::map<std::string, std::chrono::steady_clock::time_point> tokens_;  // with their expiry
  std::unique_ptr<HttpConnections> connections_;                         // must outlive http_
  std::unique_ptr<evhttp, HttpFree> http_;
};

}  // namespace localcloud
