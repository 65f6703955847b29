// A small S3: buckets and whole objects, path-style.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "localcloud/http/http_message.h"

namespace localcloud {

// Kept in memory, for as long as the cloud lives; one name space for all regions. A bucket is
// served where it is: who asks for it in another region is redirected. What the AWS CLI needs for
// `aws s3 cp`, `ls`, `rm`, `mb`, `rb` of objects below its multipart threshold (8 MB), and
// Terraform for its S3 backend with a lock file. From the event loop's thread only.
class ObjectStore {
 public:
  // "PutObject", as S3's API reference calls what a request asks for; "" where it has no such
  // operation.
  static std::string OperationOf(const HttpRequest& request);

  // `region`: of the request's signature. Throws ApiError with S3's codes.
  HttpResponse Run(const std::string& operation, const HttpRequest& request,
                   const std::string& region);

  std::vector<std::string> BucketNames() const;

  // S3's error document; none for HEAD, whose answers have no body.
  static HttpResponse ErrorAnswer(const HttpRequest& request, const std::string& code,
                                  const std::string& message, int http_status,
                                  const std::string& request_id);

 private:
  struct Object {
    std::string content;
    std::string etag;  // with its quotes
    std::string content_type;
    HttpHeaders metadata;  // x-amz-meta-*, and the checksum that came with it
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
