// Temporary credentials, as STS issues them.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "localcloud/http/sigv4.h"

namespace localcloud {

// Returns a random key pair. IDs of AWS's long-lived keys start with AKIA, those of temporary keys
// with ASIA.
AccessKey NewAccessKey(const std::string& prefix);

// Use from the event loop's thread only.
class SessionKeys {
 public:
  struct SessionKey {
    AccessKey key;
    std::chrono::system_clock::time_point expiry;
  };

  const SessionKey& Issue(std::chrono::system_clock::time_point expiry);
  // Returns nullptr if the key is unknown. Finds expired keys too, so that a caller can tell them
  // from unknown ones.
  const SessionKey* Find(const std::string& access_key_id) const;

 private:
  std::map<std::string, SessionKey> keys_;
};

}  // namespace localcloud
