// A small S3: buckets and whole objects, with path-style addresses.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "localcloud/http/http_message.h"

namespace localcloud {

// Implements what the AWS CLI needs for `aws s3 cp`, `ls`, `rm`, `mb` and `rb` with objects below
// its multipart threshold (8 MB), and what Terraform needs for its S3 backend with a lock file.
// Everything is in memory and lasts as long as the cloud. Bucket names are shared by all regions. A
// bucket is served only in its own region: requests in other regions are redirected. Use from the
// event loop's thread only.
class ObjectStore {
 public:
  // Returns the operation's name in S3's API reference ("PutObject"). Returns "" if the request is
  // not an implemented operation.
  static std::string OperationOf(const HttpRequest& request);

  // `region` is the region that the request is signed for. Throws ApiError with S3's codes.
  HttpResponse Run(const std::string& operation, const HttpRequest& request,
                   const std::string& region);

  std::vector<std::string> BucketNames() const;

  // Returns S3's error document. Answers to HEAD have no body.
  static HttpResponse ErrorAnswer(const HttpRequest& request, const std::string& code,
                                  const std::string& message, int http_status,
                                  const std::string& request_id);

 private:
  struct Object {
    std::string content;
    std::string etag;  // including the quotes
    std::string content_type;
    HttpHeaders metadata;  // x-amz-meta-*, and the checksum of the upload
    std::chrono::system_clock::time_point modified;
  };
  struct Bucket {
    std::string region;
    std::chrono::system_clock::time_point created;
    std::map<std::string, Object> objects;
  };

  HttpResponse ListBuckets(const HttpRequest& request, const std::string& region) const;
  void CheckRegion(const std::string& operation, const std::string& name,
                   const std::string& region) const;
  HttpResponse CreateBucket(const std::string& name, const HttpRequest& request,
                            const std::string& region);
  HttpResponse DeleteBucket(const std::string& name);
  HttpResponse ListObjects(const std::string& name, const HttpRequest& request, bool v2);
  HttpResponse PutObject(const std::string& name, const std::string& key,
                         const HttpRequest& request);
  HttpResponse GetObject(const std::string& name, const std::string& key,
                         const HttpRequest& request);
  Bucket& FindBucket(const std::string& name);

  std::map<std::string, Bucket> buckets_;
};

}  // namespace localcloud
