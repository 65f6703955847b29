// Feeds arbitrary bytes, as what a connection carries, to localcloud's HTTP server and from there
// to its readers of forms and paths: every request is answered or dropped, and the server goes on.
// Run by scripts/fuzz.
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "localcloud/http/api_error.h"
#include "localcloud/http/body_limits.h"
#include "localcloud/http/http_server.h"
#include "localcloud/http/query_parameters.h"
#include "localcloud/http/sigv4.h"
#include "localcloud/s3/object_store.h"

namespace {

using localcloud::HttpRequest;
using localcloud::HttpServer;

void Answer(const HttpRequest& request, HttpServer::Respond respond) {
  static localcloud::ObjectStore objects;
  localcloud::HttpResponse response;
  localcloud::ReadCredentialScope(request);
  try {
    const auto parameters =
        localcloud::QueryParameters::Parse(request.method == "POST" ? request.body : request.query);
    parameters.GetList("InstanceId");
    parameters.GetStructures("Filter");
    const std::string operation = localcloud::ObjectStore::OperationOf(request);
    response = objects.Run(operation, request, "us-east-1");
  } catch (const localcloud::ApiError& error) {
    response.status = error.http_status();
    response.body = error.what();
  }
  respond(response);
}

// Small ones, so that a fuzzer's input exceeds them.
localcloud::BodyLimits Limits() {
  localcloud::BodyLimits limits;
  limits.of_request = [](const HttpRequest& head) -> std::size_t {
    return localcloud::ReadCredentialScope(head) ? 256 : 16;
  };
  limits.refusal = [](const HttpRequest&, localcloud::BodyLimits::Excess) {
    return localcloud::HttpResponse{413, "text/plain", {}, "too large\n"};
  };
  limits.of_server = 128;
  return limits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static event_base* const base = event_base_new();
  static localcloud::OwnedFd listener = localcloud::ListenAt("127.0.0.1", 0);
  static const std::uint16_t port = localcloud::PortOf(listener);
  static HttpServer server(base, std::move(listener), Limits(), &Answer);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  // From a new address each: thousands a second use up one address's ports, which the kernel keeps
  // for a minute after a connection.
  static std::uint32_t connections = 0;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + ++connections % 65536);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) std::abort();
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) std::abort();
  if (size > 0) (void)!send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  shutdown(fd, SHUT_WR);
  // The server closes when the client's half has ended: this ends, or the fuzzer's time-out says
  // so.
  for (int turns = 0; turns < 100; ++turns) {
    event_base_loop(base, EVLOOP_NONBLOCK);
    char chunk[65536];
    const ssize_t n = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) break;
  }
  close(fd);
  event_base_loop(base, EVLOOP_NONBLOCK);
  return 0;
}
