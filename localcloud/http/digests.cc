#include "localcloud/http/digests.h"

#include <openssl/evp.h>

#include <array>

#include "localcloud/loop/hex.h"

namespace localcloud {
namespace {

std::string DigestHex(std::string_view data, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(data.data(), data.size(), digest.data(), &size, algorithm, nullptr);
  return Hex({digest.data(), size});
}

}  // namespace

std::string Md5Hex(std::string_view data) { return DigestHex(data, EVP_md5()); }

std::string Sha256Hex(std::string_view data) { return DigestHex(data, EVP_sha256()); }

}  // namespace localcloud
