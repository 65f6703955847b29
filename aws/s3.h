// S3: the operations that a fleet's bucket needs. Uses path-style addresses, so that it works with
// any endpoint.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aws/client.h"

namespace aws {

// Every operation throws Error. Thread-safe. Requires: bucket names consist of lower-case letters,
// digits and hyphens; keys have no control characters.
class S3 {
 public:
  explicit S3(std::shared_ptr<Client> client);

  Client& client() const { return *client_; }

  // Creates a private bucket in the client's region. Idempotent if the caller owns the bucket.
  void CreateBucket(const std::string& bucket, const CallOptions& options);
  void DeleteBucket(const std::string& bucket, const CallOptions& options);  // must be empty
  // Returns the caller's buckets in the client's region whose names begin with `prefix`. S3's
  // documentation of ListBuckets requires that region's endpoint for this.
  std::vector<std::string> ListBuckets(const std::string& prefix, const CallOptions& options);
  void PutObject(const std::string& bucket, const std::string& key, const std::string& content,
                 const CallOptions& options);
  std::string GetObject(const std::string& bucket, const std::string& key,
                        const CallOptions& options);
  void DeleteObject(const std::string& bucket, const std::string& key, const CallOptions& options);
  // Returns all keys.
  std::vector<std::string> ListObjects(const std::string& bucket, const CallOptions& options);

 private:
  std::shared_ptr<Client> client_;
};

}  // namespace aws
