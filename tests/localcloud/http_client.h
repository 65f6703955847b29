// HTTP requests to a local cloud. libcurl signs them, with its own implementation of the signature.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace localcloud {

struct HttpAnswer {
  long status = 0;
  std::string body;
  double seconds = 0;  // from start to end
};

// One kept-alive connection. Not thread-safe.
class HttpClient {
 public:
  HttpClient() : curl_(curl_easy_init(), &curl_easy_cleanup) {
    if (curl_ == nullptr) throw std::runtime_error("no curl");
  }

  // `sign_as` is "key:secret", or empty for an unsigned request. `scope` is for example
  // "us-west-2:ec2".
  HttpAnswer Send(const std::string& url, const std::string& body, const std::string& sign_as,
                  const std::string& scope, const std::vector<std::string>& headers = {}) {
    curl_easy_reset(curl_.get());
    HttpAnswer answer;
    curl_slist* list = nullptr;
    for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
    const std::string provider = "aws:amz:" + scope;
    curl_easy_setopt(curl_.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl_.get(), CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, list);
    if (!body.empty()) {
      curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDS, body.c_str());
      curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    }
    if (!sign_as.empty()) {
      curl_easy_setopt(curl_.get(), CURLOPT_AWS_SIGV4, provider.c_str());
      curl_easy_setopt(curl_.get(), CURLOPT_USERPWD, sign_as.c_str());
    }
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEFUNCTION, &HttpClient::Append);
    const CURLcode code = curl_easy_perform(curl_.get());
    curl_slist_free_all(list);
    if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(curl_.get(), CURLINFO_TOTAL_TIME, &answer.seconds);
    return answer;
  }

 private:
  static std::size_t Append(char* data, std::size_t size, std::size_t count, void* body) {
    static_cast<std::string*>(body)->append(data, size * count);
    return size * count;
  }

  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_;
};

}  // namespace localcloud
