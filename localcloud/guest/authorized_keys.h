// The SSH keys that a machine accepts for a user.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "localcloud/machine/machine.h"

struct ssh_key_struct;

namespace localcloud {

// Returns true if a line of `authorized_keys`, the text of such a file (sshd(8)), has this public
// key. Ignores lines whose options would restrict a login in a way that is not modelled (command=,
// from=, expiry-time=, cert-authority).
bool HoldsKey(const std::string& authorized_keys, ssh_key_struct* key);

// Keys pushed by Instance Connect. Each is for one user and expires.
class PushedKeys {
 public:
  void Push(const std::string& user, const std::string& public_key_line, Clock::time_point expiry);
  bool Holds(const std::string& user, ssh_key_struct* key, Clock::time_point now);
  void Clear() { keys_.clear(); }

 private:
  struct Key {
    std::string user;
    std::string line;
    Clock::time_point expiry;
  };
  std::vector<Key> keys_;
};

}  // namespace localcloud
