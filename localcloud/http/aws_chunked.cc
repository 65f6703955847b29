#include "localcloud/http/aws_chunked.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "localcloud/http/api_error.h"
#include "localcloud/http/digests.h"

namespace localcloud {
namespace {

constexpr std::string_view kHashHeader = "x-amz-content-sha256";
constexpr std::string_view kSigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view kSignedTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
constexpr std::string_view kUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
constexpr std::string_view kChunkSignature = ";chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";

[[noreturn]] void ThrowBroken(const std::string& what) {
  throw ApiError("IncompleteBody", "aws-chunked: " + what);
}

class Decoder {
 public:
  Decoder(HttpRequest* request, const AccessKey& key, std::string_view kind)
      : request_(*request),
        key_(key),
        signed_(kind != kUnsignedTrailer),
        has_trailer_(kind != kSigned),
        signature_(SignatureOf(*request)),
        rest_(request->body) {}

  void Run() {
    std::string content;
    while (true) {
      const std::string_view chunk = TakeChunk();
      if (chunk.empty()) break;
      content += chunk;
    }
    if (has_trailer_) TakeTrailer();
    const std::string_view length = request_.header("x-amz-decoded-content-length");
    if (length != std::to_string(content.size()))
      ThrowBroken(fmt::format("{} bytes, and X-Amz-Decoded-Content-Length says '{}'",
                              content.size(), length));
    request_.body = std::move(content);
  }

 private:
  std::string_view TakeLine() {
    const std::size_t end = rest_.find("\r\n");
    if (end == std::string_view::npos) ThrowBroken("a line does not end");
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line;
  }

  // Returns the next chunk; the last one is empty.
  std::string_view TakeChunk() {
    const std::string_view line = TakeLine();
    const std::string_view digits = line.substr(0, line.find(';'));
    std::size_t size = 0;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (error != std::errc() || stop != digits.data() + digits.size() || size > rest_.size())
      ThrowBroken(fmt::format("'{}' is not a chunk size", digits));
    const std::string_view chunk = rest_.substr(0, size);
    if (signed_) {
      const std::size_t at = line.find(kChunkSignature);
      Verify("AWS4-HMAC-SHA256-PAYLOAD", Sha256Hex("") + "\n" + Sha256Hex(chunk),
             at == std::string_view::npos ? "" : line.substr(at + kChunkSignature.size()));
    }
    rest_.remove_prefix(size);
    // If there is a trailer, the final line break comes after the trailer, not after the last
    // chunk.
    if ((size > 0 || !has_trailer_) && !TakeLine().empty())
      ThrowBroken("a chunk is longer than its stated size");
    return chunk;
  }

  // Reads "name:value" lines, then the trailer's own signature, then an empty line.
  void TakeTrailer() {
    std::string canonical;
    std::string_view signature;
    while (!rest_.empty()) {
      const std::string_view line = TakeLine();
      if (line.empty()) break;
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) ThrowBroken("a line of the trailer has no name");
      const std::string name = ToLower(line.substr(0, colon));
      const std::string_view value = line.substr(colon + 1);
      if (name == kTrailerSignature) {
        signature = value;
        continue;
      }
      canonical += fmt::format("{}:{}\n", name, value);
      request_.headers.emplace_back(name, value);
    }
    if (signed_) Verify("AWS4-HMAC-SHA256-TRAILER", Sha256Hex(canonical), signature);
  }

  // Each signature covers the previous one. The first chunk's signature covers that of the request.
  void Verify(std::string_view algorithm, const std::string& hashes, std::string_view signature) {
    const CredentialScope scope = ReadCredentialScope(request_).value();
    const std::string text = fmt::format("{}\n{}\n{}/{}/{}/aws4_request\n{}\n{}", algorithm,
                                         request_.header("x-amz-date"), scope.date, scope.region,
                                         scope.service, signature_, hashes);
    const std::string expected = SignText(key_, scope, text);
    if (!EqualInConstantTime(signature, expected)) {
      throw ApiError("SignatureDoesNotMatch",
                     "The signature of a chunk is not that of its content and secret key.", 403);
    }
    signature_ = expected;
  }

  HttpRequest& request_;
  const AccessKey& key_;
  const bool signed_;
  const bool has_trailer_;
  std::string signature_;  // of the previous chunk
  std::string_view rest_;
};

}  // namespace

bool IsChunked(const HttpRequest& request) {
  return request.header(kHashHeader).starts_with("STREAMING-");
}

void DecodeChunks(HttpRequest* request, const AccessKey& key) {
  const std::string kind(request->header(kHashHeader));
  if (kind != kSigned && kind != kSignedTrailer && kind != kUnsignedTrailer) {
    throw ApiError("NotImplemented", fmt::format("localcloud does not decode {}", kind), 501);
  }
  Decoder(request, key, kind).Run();
}

}  // namespace localcloud
