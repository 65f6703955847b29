#include "localcloud/http/session_keys.h"

#include <openssl/rand.h>

#include <string_view>
#include <utility>

namespace localcloud {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string RandomText(std::size_t size, std::string_view alphabet) {
  std::string bytes(size, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
  for (char& c : bytes) c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  return bytes;
}

}  // namespace

AccessKey NewAccessKey(const std::string& prefix) {
  AccessKey key;
  key.access_key_id = prefix + RandomText(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
  key.secret_access_key = RandomText(40, kLetters);
  return key;
}

const SessionKeys::SessionKey& SessionKeys::Issue(std::chrono::system_clock::time_point expiry) {
  AccessKey key = NewAccessKey("ASIA");
  key.session_token = RandomText(356, kLetters);
  const std::string id = key.access_key_id;
  return keys_[id] = {std::move(key), expiry};
}

const SessionKeys::SessionKey* SessionKeys::Find(const std::string& access_key_id) const {
  const auto found = keys_.find(access_key_id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace localcloud
