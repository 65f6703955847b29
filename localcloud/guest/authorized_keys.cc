#include "localcloud/guest/authorized_keys.h"

#include <libssh/libssh.h>

#include <memory>
#include <sstream>
#include <string_view>

namespace localcloud {
namespace {

struct KeyFree {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};

// Returns the end of the first word of `line`. Spaces in double quotes belong to the word.
std::size_t EndOfOptions(const std::string& line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (line[i] == ' ' || line[i] == '\t')) {
      return i;
    }
  }
  return line.size();
}

// Returns true if the options only forbid things that these machines do not offer anyway.
bool Harmless(const std::string& options) {
  std::istringstream words(options);
  std::string option;
  while (std::getline(words, option, ',')) {
    if (option != "restrict" && option != "pty" && option.rfind("no-", 0) != 0) return false;
  }
  return true;
}

bool LineHoldsKey(const std::string& line, ssh_key_struct* key) {
  std::istringstream words(line);
  std::string type;
  std::string base64;
  if (!(words >> type) || type.front() == '#') return false;
  if (ssh_key_type_from_name(type.c_str()) == SSH_KEYTYPE_UNKNOWN) {
    const std::size_t end = EndOfOptions(line.substr(line.find(type)));
    const std::string from_options = line.substr(line.find(type));
    if (!Harmless(from_options.substr(0, end))) return false;
    words = std::istringstream(from_options.substr(end));
    if (!(words >> type)) return false;
  }
  const ssh_keytypes_e known = ssh_key_type_from_name(type.c_str());
  if (known == SSH_KEYTYPE_UNKNOWN || !(words >> base64)) return false;
  ssh_key parsed = nullptr;
  if (ssh_pki_import_pubkey_base64(base64.c_str(), known, &parsed) != SSH_OK) return false;
  const std::unique_ptr<ssh_key_struct, KeyFree> owner(parsed);
  return ssh_key_cmp(parsed, key, SSH_KEY_CMP_PUBLIC) == 0;
}

}  // namespace

bool HoldsKey(const std::string& authorized_keys, ssh_key_struct* key) {
  std::istringstream lines(authorized_keys);
  std::string line;
  while (std::getline(lines, line)) {
    if (LineHoldsKey(line, key)) return true;
  }
  return false;
}

void PushedKeys::Push(const std::string& user, const std::string& public_key_line,
                      Clock::time_point expiry) {
  keys_.push_back({user, public_key_line, expiry});
}

bool PushedKeys::Holds(const std::string& user, ssh_key_struct* key, Clock::time_point now) {
  std::erase_if(keys_, [now](const Key& pushed) { return pushed.expiry <= now; });
  for (const Key& pushed : keys_) {
    if (pushed.user == user && HoldsKey(pushed.line, key)) return true;
  }
  return false;
}

}  // namespace localcloud
