#include "localcloud/ec2/state/key_material.h"

#include <libssh/libssh.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

struct FreeKey {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
using SshKey = std::unique_ptr<ssh_key_struct, FreeKey>;

struct FreeBytes {
  void operator()(unsigned char* bytes) const { ssh_clean_pubkey_hash(&bytes); }
};

struct FreeText {
  void operator()(char* text) const { ssh_string_free_char(text); }
};
using Text = std::unique_ptr<char, FreeText>;

std::string Fingerprint(ssh_key key) {
  const bool rsa = ssh_key_type(key) == SSH_KEYTYPE_RSA;
  unsigned char* raw = nullptr;
  std::size_t size = 0;
  const auto kind = rsa ? SSH_PUBLICKEY_HASH_MD5 : SSH_PUBLICKEY_HASH_SHA256;
  if (ssh_get_publickey_hash(key, kind, &raw, &size) != 0) {
    throw ApiError("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
  }
  const std::unique_ptr<unsigned char, FreeBytes> hash(raw);
  if (!rsa) {
    return EncodeBase64(std::string(reinterpret_cast<const char*>(hash.get()), size));
  }
  const Text pairs(ssh_get_hexa(hash.get(), size));
  return pairs.get();
}

std::string TypeName(ssh_key key) {
  switch (ssh_key_type(key)) {
    case SSH_KEYTYPE_ED25519:
      return "ed25519";
    case SSH_KEYTYPE_RSA:
      return "rsa";
    default:
      throw ApiError("InvalidKey.Format", "Key type is not supported: use Ed25519 or RSA");
  }
}

}  // namespace

std::string EncodeBase64(const std::string& bytes) {
  std::string encoded((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return encoded;
}

std::string DecodeBase64(const std::string& text, const std::string& what) {
  std::string clean;
  std::copy_if(text.begin(), text.end(), std::back_inserter(clean),
               [](char c) { return c != '\n' && c != '\r' && c != ' '; });
  if (clean.empty()) return {};
  std::string decoded(clean.size() / 4 * 3 + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                   reinterpret_cast<const unsigned char*>(clean.data()),
                                   static_cast<int>(clean.size()));
  const std::size_t end = clean.find_last_not_of('=');
  const std::size_t padding = end == std::string::npos ? 3 : clean.size() - end - 1;
  if (size < 0 || clean.size() % 4 != 0 || padding > 2) {
    throw ApiError("InvalidParameterValue", "Invalid BASE64 encoding of " + what);
  }
  decoded.resize(static_cast<std::size_t>(size) - padding);
  return decoded;
}

PublicKey ReadPublicKey(const std::string& line) {
  const std::string trimmed = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
  const std::size_t space = trimmed.find(' ');
  const bool one_line = trimmed.find_first_of("\r\n") == std::string::npos;
  if (!one_line || space == std::string::npos) {
    throw ApiError("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
  }
  const std::string type = trimmed.substr(0, space);
  const std::string rest = trimmed.substr(space + 1);
  const std::string base64 = rest.substr(0, rest.find(' '));
  ssh_key raw = nullptr;
  if (ssh_pki_import_pubkey_base64(base64.c_str(), ssh_key_type_from_name(type.c_str()), &raw) !=
      SSH_OK) {
    throw ApiError("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
  }
  const SshKey key(raw);
  return {TypeName(key.get()), trimmed, Fingerprint(key.get())};
}

NewKey MakeKey(const std::string& type, const std::string& comment) {
  ssh_key raw = nullptr;
  const bool rsa = type == "rsa";
  if (ssh_pki_generate(rsa ? SSH_KEYTYPE_RSA : SSH_KEYTYPE_ED25519, rsa ? 2048 : 0, &raw) !=
      SSH_OK) {
    throw std::runtime_error("cannot make a key");
  }
  const SshKey key(raw);
  char* base64 = nullptr;
  char* pem = nullptr;
  if (ssh_pki_export_pubkey_base64(key.get(), &base64) != SSH_OK) {
    throw std::runtime_error("cannot export a public key");
  }
  const Text public_text(base64);
  if (ssh_pki_export_privkey_base64(key.get(), nullptr, nullptr, nullptr, &pem) != SSH_OK) {
    throw std::runtime_error("cannot export a private key");
  }
  const Text private_text(pem);
  const std::string line = std::string(ssh_key_type_to_char(ssh_key_type(key.get()))) + " " +
                           public_text.get() + " " + comment;
  return {{type, line, Fingerprint(key.get())}, private_text.get()};
}

}  // namespace localcloud
