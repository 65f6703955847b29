#include "localcloud/http/session_keys.h"

#include <string_view>
#include <utility>
#include <vector>

#include "localcloud/loop/random_bytes.h"

namespace localcloud {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string RandomText(std::size_t size, std::string_view alphabet) {
  std::vector<unsigned char> bytes(size);
  FillRandom(bytes);
  std::string text;
  for (const unsigned char byte : bytes) text += alphabet[byte % alphabet.size()];
  return text;
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
