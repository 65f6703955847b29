// Feeds arbitrary Authorization headers, dates and queries to the verifier of signatures: never
// valid, and never more than a verdict. Run by scripts/fuzz.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "localcloud/http/sigv4.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Lines: path, query, date, Authorization; the rest is the body.
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto line = [&rest] {
    const std::string text(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    return text;
  };
  localcloud::HttpRequest request;
  request.method = "POST";
  request.path = "/" + line();
  request.query = line();
  request.headers = {{"Host", "127.0.0.1"}, {"X-Amz-Date", line()}, {"Authorization", line()}};
  request.body = rest;
  localcloud::ReadCredentialScope(request);
  const localcloud::AccessKey key{"AKIDEXAMPLE", "a secret that no input knows", ""};
  const std::chrono::system_clock::time_point now{std::chrono::seconds(1440938160)};
  std::string reason;
  const auto verdict = localcloud::VerifySignature(request, key, now, &reason);
  if (verdict == localcloud::SignatureVerdict::kValid) std::abort();
  if (reason.empty() || reason.find(key.secret_access_key) != std::string::npos) std::abort();
  return 0;
}
