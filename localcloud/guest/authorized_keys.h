// The keys a machine honours for a user.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "localcloud/machine/machine.h"

struct ssh_key_struct;

namespace localcloud {

// Whether a line of the text of an authorized_keys file (sshd(8)) holds this public key. Lines with
// options that would restrict a login in a way that is not modelled (command=, from=, expiry-time=,
// cert-authority) are not honoured.
bool HoldsKey(const std::string& authorized_keys, ssh_key_struct* key);

// Keys pushed by Instance Connect, each for one user and until it expires.
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
