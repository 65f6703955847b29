// S3, as far as a fleet's bucket needs it. Path-style addresses, so that any endpoint will do.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aws/client.h"

namespace aws {

// Every operation throws Error. As thread-safe as Client. Bucket names: lower-case letters, digits,
// hyphens. Keys are any text without control characters.
class S3 {
 public:
  explicit S3(std::shared_ptr<Client> client);

  Client& client() const { return *client_; }

  // Private, in the client's region. One that is the caller's already is no error.
  void CreateBucket(const std::string& bucket, const CallOptions& options);
  void DeleteBucket(const std::string& bucket, const CallOptions& options);  // must be empty
  // The caller's, in the client's region, whose names begin with `prefix`. S3's documentation of
  // ListBuckets wants them asked for at that region's endpoint.
  std::vector<std::string> ListBuckets(const std::string& prefix, const CallOptions& options);
  void PutObject(const std::string& bucket, const std::string& key, const std::string& content,
                 const CallOptions& options);
  std::string GetObject(const std::string& bucket, const std::string& key,
                        const CallOptions& options);
  void DeleteObject(const std::string& bucket, const std::string& key, const CallOptions& options);
  std::vector<std::string> ListObjects(const std::string& bucket,
                                       const CallOptions& options);  // all keys

 private:
  std::shared_ptr<Client> client_;
};

}  // namespace aws
