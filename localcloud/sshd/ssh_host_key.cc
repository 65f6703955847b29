#include "localcloud/sshd/ssh_host_key.h"

#include <libssh/libssh.h>

#include <optional>
#include <stdexcept>

namespace localcloud {
namespace {

constexpr char kPrivate[] = "etc/ssh/ssh_host_ed25519_key";
constexpr char kPublic[] = "etc/ssh/ssh_host_ed25519_key.pub";

struct StringFree {
  void operator()(char* text) const { ssh_string_free_char(text); }
};
using CString = std::unique_ptr<char, StringFree>;

}  // namespace

void SshKeyFree::operator()(ssh_key_struct* key) const { ssh_key_free(key); }

SshKeyPtr LoadHostKey(const GuestFiles& files) {
  ssh_key key = nullptr;
  const std::optional<std::string> kept = files.Read(kPrivate);
  if (kept &&
      ssh_pki_import_privkey_base64(kept->c_str(), nullptr, nullptr, nullptr, &key) == SSH_OK) {
    SshKeyPtr loaded(key);
    if (ssh_key_type(key) == SSH_KEYTYPE_ED25519) return loaded;
  }
  key = nullptr;
  if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK) {
    throw std::runtime_error("cannot make an SSH host key");
  }
  SshKeyPtr made(key);
  char* text = nullptr;
  if (ssh_pki_export_privkey_base64(key, nullptr, nullptr, nullptr, &text) != SSH_OK) {
    throw std::runtime_error("cannot export an SSH host key");
  }
  files.Write(kPrivate, CString(text).get(), 0600);
  text = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK)
    throw std::runtime_error("cannot export an SSH host key");
  files.Write(kPublic, "ssh-ed25519 " + std::string(CString(text).get()) + "\n");
  return made;
}

std::string Fingerprint(ssh_key_struct* key) {
  unsigned char* hash = nullptr;
  std::size_t length = 0;
  if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length) != 0) {
    throw std::runtime_error("cannot hash an SSH key");
  }
  const CString text(ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length));
  ssh_clean_pubkey_hash(&hash);
  if (!text) throw std::runtime_error("cannot print an SSH key's fingerprint");
  return text.get();
}

}  // namespace localcloud
