#include "aws/curl_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aws/curl_failure.h"
#include "aws/curl_loop.h"
#include "aws/tasks/future.h"
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

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
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

// One request on its way. Lives until the loop has called End().
class CurlExchange {
 public:
  CurlExchange(HttpRequest request, bool reuse)
      : request_(std::move(request)), headers_(MakeHeaders(request_)), easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    Configure(reuse);
  }
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  Future<HttpOutcome> outcome() { return promise_.get_future(); }
  const std::stop_token& stop() const { return request_.stop; }

  // Returns what the loop needs. From its start on the loop owns the exchange.
  static CurlLoop::Exchange ForLoop(const std::shared_ptr<CurlExchange>& exchange, CurlLoop* loop) {
    const std::uint64_t number = loop->NewNumber();
    exchange->on_stop_.emplace(exchange->stop(), [loop, number] { loop->Cancel(number); });
    return {number, exchange->easy_.get(),
            [exchange](CURLcode result, Clock::time_point ended) { exchange->End(result, ended); }};
  }

 private:
  using OnStop = std::stop_callback<std::function<void()>>;

  template <typename T>
  void Set(CURLoption option, T value) {
    const CURLcode result = curl_easy_setopt(easy_.get(), option, value);
    if (result != CURLE_OK) {
      throw TransportError(TransportError::Kind::kUnusable, curl_easy_strerror(result));
    }
  }

  void Configure(bool reuse) {
    Set(CURLOPT_ERRORBUFFER, detail_);
    Set(CURLOPT_URL, request_.url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    // Without this, libcurl would hide an answer that is not HTTP. OnBody ends such an exchange.
    Set(CURLOPT_HTTP09_ALLOWED, 1L);
    Set(CURLOPT_USERAGENT, "launch_bench/" LAUNCH_BENCH_VERSION);
    Set(CURLOPT_HTTPHEADER, headers_.get());
    if (request_.method == HttpRequest::Method::kPut) Set(CURLOPT_CUSTOMREQUEST, "PUT");
    if (request_.method == HttpRequest::Method::kDelete) Set(CURLOPT_CUSTOMREQUEST, "DELETE");
    if (request_.method == HttpRequest::Method::kPost ||
        request_.method == HttpRequest::Method::kPut) {
      Set(CURLOPT_POST, 1L);
      Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
      Set(CURLOPT_POSTFIELDS, request_.body.c_str());
    }
    if (request_.signing) ConfigureSigning(*request_.signing);
    Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
    Set(CURLOPT_MAXAGE_CONN, static_cast<long>(request_.most_idle.count()));
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
    ConfigureNetwork(IsOnThisHost(request_.url), reuse);
    Set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&sink_));
    Set(CURLOPT_WRITEFUNCTION, &OnBody);
    Set(CURLOPT_WRITEDATA, static_cast<void*>(&sink_));
    Set(CURLOPT_HEADERFUNCTION, &OnHeader);
    Set(CURLOPT_HEADERDATA, static_cast<void*>(&sink_));
    Set(CURLOPT_PREREQFUNCTION, &OnReadyToSend);
    Set(CURLOPT_PREREQDATA, static_cast<void*>(&sink_));
  }

  void ConfigureSigning(const HttpSigning& signing) {
    Set(CURLOPT_AWS_SIGV4, fmt::format("aws:amz:{}:{}", signing.region, signing.service).c_str());
    Set(CURLOPT_USERNAME, signing.credentials.access_key_id.c_str());
    Set(CURLOPT_PASSWORD, signing.credentials.secret_access_key.c_str());
  }

  void ConfigureNetwork(bool on_this_host, bool reuse) {
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_QUICK_EXIT, 1L);  // a stop does not wait for the end of a name look-up
    Set(CURLOPT_TCP_NODELAY, 1L);
    Set(CURLOPT_TCP_KEEPALIVE, 1L);
    Set(CURLOPT_OPENSOCKETFUNCTION, &OpenSocket);
    Set(CURLOPT_SSL_VERIFYPEER, 1L);
    Set(CURLOPT_SSL_VERIFYHOST, 2L);
    // Debian's default directory of certificates has the same ones as its bundle. With a directory
    // libcurl does not keep what it has read, and reads the bundle for each connection: 26 ms in
    // which no other exchange proceeds.
    Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    if (on_this_host) Set(CURLOPT_PROXY, "");
    if (!reuse) {
      Set(CURLOPT_FRESH_CONNECT, 1L);
      Set(CURLOPT_FORBID_REUSE, 1L);
      Set(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
      Set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
  }

  // In the loop's thread.
  void End(CURLcode result, Clock::time_point ended) {
    on_stop_.reset();
    exchange_.received_at = ended;
    exchange_.timing = ReadTiming(easy_.get());
    promise_.set_value({exchange_, Result(result)});
  }

  std::variant<HttpResponse, TransportError> Result(CURLcode result) {
    if (result == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
      response_.status = static_cast<int>(status);
      return std::move(response_);
    }
    if (request_.stop.stop_requested())
      return TransportError(TransportError::Kind::kCancelled, "cancelled");
    return FailureOfCurl(easy_.get(), result, exchange_.sent, sink_.evidence, detail_);
  }

  // libcurl has pointers into all of these.
  const HttpRequest request_;
  const HeaderList headers_;
  HttpResponse response_;
  HttpExchange exchange_;
  Sink sink_{&response_, &exchange_};
  char detail_[CURL_ERROR_SIZE] = "";
  std::unique_ptr<CURL, EasyDeleter> easy_;

  Promise<HttpOutcome> promise_;
  std::optional<OnStop> on_stop_;
};

class CurlTransport : public HttpTransport {
 public:
  explicit CurlTransport(bool reuse) : reuse_(reuse) {
    CurlLoop::Shared();  // now, and not in the middle of a run that is out of descriptors
    CurlLoop::SharedForFresh();
  }

  std::vector<Future<HttpOutcome>> Start(std::vector<HttpRequest> requests) override {
    const bool fresh = std::ranges::any_of(requests, [](const HttpRequest& request) {
      return request.most_idle < HttpRequest().most_idle;
    });
    CurlLoop& loop = fresh ? CurlLoop::SharedForFresh() : CurlLoop::Shared();
    std::vector<Future<HttpOutcome>> outcomes;
    std::vector<CurlLoop::Exchange> exchanges;
    std::vector<std::pair<std::stop_token, std::uint64_t>> stops;
    for (HttpRequest& request : requests) {
      try {
        if (request.stop.stop_requested())  // otherwise it might leave before the loop is told
          throw TransportError(TransportError::Kind::kCancelled, "cancelled");
        const auto exchange = std::make_shared<CurlExchange>(std::move(request), reuse_);
        outcomes.push_back(exchange->outcome());
        exchanges.push_back(CurlExchange::ForLoop(exchange, &loop));
        stops.emplace_back(exchange->stop(), exchanges.back().number);
      } catch (const TransportError& error) {
        Promise<HttpOutcome> failed;
        failed.set_value({{}, error});
        outcomes.push_back(failed.get_future());
      }
    }
    loop.Start(std::move(exchanges));
    // A stop before the start was too early for the loop.
    for (const auto& [stop, number] : stops) {
      if (stop.stop_requested()) loop.Cancel(number);
    }
    return outcomes;
  }

 private:
  const bool reuse_;
};

}  // namespace

std::unique_ptr<HttpTransport> NewCurlTransport(bool reuse_connections) {
  return std::make_unique<CurlTransport>(reuse_connections);
}

}  // namespace aws
