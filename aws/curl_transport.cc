#include "aws/curl_transport.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string_view>
#include <utility>

#include "aws/curl_failure.h"
#include "aws/unix_time.h"

namespace aws {
namespace {

using std::chrono::microseconds;

// More than this is an error. The largest answer is a page of DescribeInstances. It has 1000
// machines, each of some 8 KB and 50 tags. A tag of the greatest length (128 + 256 letters) takes
// 550 bytes with its markup, so the page takes about 35 MB. (Images and snapshots are only asked
// for with an owner or an id: all public images of a region would be 100 MB.)
constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;
// AWS sends less than 2 KiB. libcurl 7.88 does not limit the sum of the header lines.
constexpr std::size_t kMaxHeaderBytes = std::size_t{256} << 10;
constexpr int kPollMilliseconds = 1000;  // only an upper bound: events and wake-ups end the wait

void InitCurlOnce() {
  // Never cleaned up: other users of libcurl in the process may outlive us.
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct SlistDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using HeaderList = std::unique_ptr<curl_slist, SlistDeleter>;

// Returns true for loopback addresses and metadata services: no proxy can reach them.
bool IsOnThisHost(const std::string& url) {
  const std::unique_ptr<CURLU, UrlDeleter> parsed(curl_url());
  char* text = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
  if (curl_url_get(parsed.get(), CURLUPART_HOST, &text, 0) != CURLUE_OK) return false;
  const std::string host(text);
  curl_free(text);
  return host == "localhost" || host == "[::1]" || host.starts_with("127.") ||
         host.starts_with("169.254.") || host.starts_with("[fd00:ec2::");
}

HeaderList MakeHeaders(const HttpRequest& request) {
  HeaderList list;
  const auto append = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)list.release();  // it is a part of the longer one
    list.reset(longer);
  };
  for (const std::string& line : request.headers) append(line);
  if (request.signing && !request.signing->credentials.session_token.empty()) {
    append("X-Amz-Security-Token: " + request.signing->credentials.session_token);
  }
  return list;
}

// The callbacks of one exchange write here.
struct Sink {
  HttpResponse* response = nullptr;
  HttpExchange* exchange = nullptr;
  FailureEvidence evidence{};
  bool is_http = false;  // a status line has come
  std::size_t header_bytes = 0;
};

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) {
  auto* sink = static_cast<Sink*>(user);
  if (!sink->is_http) {
    sink->evidence.not_http.assign(data, std::min(size, FailureEvidence::kMostQuoted));
    return 0;
  }
  if (sink->response->body.size() + size > kMaxBodyBytes) {
    sink->evidence.too_large = true;
    return 0;
  }
  sink->response->body.append(data, size);
  return size;
}

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto* sink = static_cast<Sink*>(user);
  sink->header_bytes += size;
  if (sink->header_bytes > kMaxHeaderBytes) {
    sink->evidence.too_large = true;
    return 0;
  }
  const std::string_view line(data, size);
  const std::size_t colon = line.find(':');
  sink->is_http = true;
  if (colon == std::string_view::npos) return size;
  const std::string name(line.substr(0, colon));
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && std::strchr(" \t", value.front()) != nullptr) value.remove_prefix(1);
  while (!value.empty() && std::strchr(" \t\r\n", value.back()) != nullptr) value.remove_suffix(1);
  if (curl_strequal(name.c_str(), "content-type")) sink->response->content_type = value;
  if (curl_strequal(name.c_str(), "x-amzn-requestid")) sink->response->request_id = value;
  if (curl_strequal(name.c_str(), "x-amzn-errortype")) sink->response->error_type = value;
  if (curl_strequal(name.c_str(), "date")) {
    const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
    if (date >= 0) sink->response->date = FromUnixSeconds(date);
  }
  return size;
}

// Called when there is a connection, before the request leaves. If a kept connection turns out to
// be closed, libcurl sends the request again by itself. Nobody would count that retry, so this
// function refuses the second time.
int OnReadyToSend(void* user, char*, char*, int, int) {
  auto* sink = static_cast<Sink*>(user);
  if (sink->exchange->sent) {
    sink->evidence.resend_refused = true;
    return CURL_PREREQFUNC_ABORT;
  }
  sink->exchange->sent = true;
  sink->exchange->sent_at = Clock::now();
  return CURL_PREREQFUNC_OK;
}

// Opens sockets with close-on-exec: programs that we start must not keep our connections open.
curl_socket_t OpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) static_cast<Sink*>(user)->evidence.socket_error = errno;
  return fd;
}

microseconds Info(CURL* easy, CURLINFO info) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, info, &value);
  return microseconds(value);
}

CallTiming ReadTiming(CURL* easy) {
  CallTiming timing;
  long connects = 0;
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
  timing.new_connection = connects > 0;
  if (timing.new_connection) {
    timing.name_lookup = Info(easy, CURLINFO_NAMELOOKUP_TIME_T);
    timing.connect = Info(easy, CURLINFO_CONNECT_TIME_T);
    timing.tls = Info(easy, CURLINFO_APPCONNECT_TIME_T);
  }
  timing.first_byte = Info(easy, CURLINFO_STARTTRANSFER_TIME_T);
  timing.total = Info(easy, CURLINFO_TOTAL_TIME_T);
  return timing;
}

// An easy handle with a multi handle of its own. The multi handle keeps the connection. Another
// thread can wake it, so that a stop aborts an exchange at once.
class CurlConnection {
 public:
  explicit CurlConnection(bool reuse)
      : reuse_(reuse), multi_(curl_multi_init()), easy_(curl_easy_init()) {
    if (!multi_ || !easy_) throw std::bad_alloc();
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
  }

  HttpResponse Send(const HttpRequest& request, HttpExchange* exchange) {
    *exchange = HttpExchange{};
    HttpResponse response;
    Sink sink{&response, exchange};
    char detail[CURL_ERROR_SIZE] = "";
    const HeaderList headers = MakeHeaders(request);
    Configure(request, headers.get(), &sink, detail);

    const CURLcode result = Drive(request.stop);
    exchange->received_at = Clock::now();
    exchange->timing = ReadTiming(easy_.get());
    // The buffer is on this function's stack.
    curl_easy_setopt(easy_.get(), CURLOPT_ERRORBUFFER, nullptr);
    if (result == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
      response.status = static_cast<int>(status);
      return response;
    }
    if (request.stop.stop_requested()) {
      throw TransportError(TransportError::Kind::kCancelled, "cancelled");
    }
    throw FailureOfCurl(easy_.get(), result, exchange->sent, sink.evidence, detail);
  }

 private:
  template <typename T>
  void Set(CURLoption option, T value) {
    const CURLcode result = curl_easy_setopt(easy_.get(), option, value);
    if (result != CURLE_OK) {
      throw TransportError(TransportError::Kind::kUnusable, curl_easy_strerror(result));
    }
  }

  void Configure(const HttpRequest& request, curl_slist* headers, Sink* sink, char* detail) {
    curl_easy_reset(easy_.get());  // keeps connection, name and TLS session caches
    Set(CURLOPT_ERRORBUFFER, detail);
    Set(CURLOPT_URL, request.url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    // Without this, libcurl would hide an answer that is not HTTP. OnBody ends such an exchange.
    Set(CURLOPT_HTTP09_ALLOWED, 1L);
    Set(CURLOPT_USERAGENT, "launch_bench/" LAUNCH_BENCH_VERSION);
    Set(CURLOPT_HTTPHEADER, headers);
    if (request.method == HttpRequest::Method::kPut) Set(CURLOPT_CUSTOMREQUEST, "PUT");
    if (request.method == HttpRequest::Method::kDelete) Set(CURLOPT_CUSTOMREQUEST, "DELETE");
    if (request.method == HttpRequest::Method::kPost ||
        request.method == HttpRequest::Method::kPut) {
      Set(CURLOPT_POST, 1L);
      Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      Set(CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (request.signing) ConfigureSigning(*request.signing);
    Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    Set(CURLOPT_MAXAGE_CONN, static_cast<long>(request.most_idle.count()));
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    ConfigureNetwork(IsOnThisHost(request.url));
    Set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(sink));
    Set(CURLOPT_WRITEFUNCTION, &OnBody);
    Set(CURLOPT_WRITEDATA, static_cast<void*>(sink));
    Set(CURLOPT_HEADERFUNCTION, &OnHeader);
    Set(CURLOPT_HEADERDATA, static_cast<void*>(sink));
    Set(CURLOPT_PREREQFUNCTION, &OnReadyToSend);
    Set(CURLOPT_PREREQDATA, static_cast<void*>(sink));
  }

  void ConfigureSigning(const HttpSigning& signing) {
    Set(CURLOPT_AWS_SIGV4, fmt::format("aws:amz:{}:{}", signing.region, signing.service).c_str());
    Set(CURLOPT_USERNAME, signing.credentials.access_key_id.c_str());
    Set(CURLOPT_PASSWORD, signing.credentials.secret_access_key.c_str());
  }

  void ConfigureNetwork(bool on_this_host) {
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_QUICK_EXIT, 1L);  // a stop does not wait for the end of a name look-up
    Set(CURLOPT_TCP_NODELAY, 1L);
    Set(CURLOPT_TCP_KEEPALIVE, 1L);
    Set(CURLOPT_OPENSOCKETFUNCTION, &OpenSocket);
    Set(CURLOPT_SSL_VERIFYPEER, 1L);
    Set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (on_this_host) Set(CURLOPT_PROXY, "");
    if (!reuse_) {
      Set(CURLOPT_FRESH_CONNECT, 1L);
      Set(CURLOPT_FORBID_REUSE, 1L);
      Set(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
      Set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
  }

  CURLcode Drive(const std::stop_token& stop) {
    CURLM* multi = multi_.get();
    const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
    if (curl_multi_add_handle(multi, easy_.get()) != CURLM_OK) return CURLE_FAILED_INIT;
    CURLcode result = CURLE_ABORTED_BY_CALLBACK;
    int running = 1;
    while (running > 0 && !stop.stop_requested()) {
      if (curl_multi_perform(multi, &running) != CURLM_OK) break;
      if (running > 0) curl_multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr);
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) result = message->data.result;
    }
    // Closes the connection if the exchange is unfinished.
    curl_multi_remove_handle(multi, easy_.get());
    return result;
  }

  bool reuse_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;  // outlives easy_
  std::unique_ptr<CURL, EasyDeleter> easy_;
};

class CurlTransport : public HttpTransport {
 public:
  explicit CurlTransport(bool reuse) : reuse_(reuse) { InitCurlOnce(); }

  std::unique_ptr<HttpConnection> Acquire() override {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return std::make_unique<Lease>(this, std::move(connection));
      }
    }
    return std::make_unique<Lease>(this, std::make_unique<CurlConnection>(reuse_));
  }

 private:
  class Lease : public HttpConnection {
   public:
    Lease(CurlTransport* owner, std::unique_ptr<CurlConnection> connection)
        : owner_(owner), connection_(std::move(connection)) {}
    ~Lease() override { owner_->GiveBack(std::move(connection_)); }
    HttpResponse Send(const HttpRequest& request, HttpExchange* exchange) override {
      return connection_->Send(request, exchange);
    }

   private:
    CurlTransport* owner_;
    std::unique_ptr<CurlConnection> connection_;
  };

  void GiveBack(std::unique_ptr<CurlConnection> connection) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }

  const bool reuse_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CurlConnection>> idle_;  // the back one was used last
};

}  // namespace

std::unique_ptr<HttpTransport> NewCurlTransport(bool reuse_connections) {
  return std::make_unique<CurlTransport>(reuse_connections);
}

}  // namespace aws
