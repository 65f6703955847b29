// Temporary credentials, as STS gives them.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "localcloud/http/sigv4.h"

namespace localcloud {

// A random key pair. EC2's long-lived ids start with AKIA, temporary ones with ASIA.
AccessKey NewAccessKey(const std::string& prefix);

// From the event loop's thread only.
class SessionKeys {
 public:
  struct SessionKey {
    AccessKey key;
    std::chrono::system_clock::time_point expiry;
  };

  const SessionKey& Issue(std::chrono::system_clock::time_point expiry);
  // Expired ones too, which are refused for that and not as unknown; nullptr: none.
  const SessionKey* Find(const std::string& access_key_id) const;

 private:
  std::map<std::string, SessionKey> keys_;
};

}  // namespace localcloud
