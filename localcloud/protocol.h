// How an answer is written: EC2's and STS's XML, JSON for the others, and each one's error
// document.
#pragma once

#include <string>

#include "localcloud/http/api_error.h"
#include "localcloud/http/http_message.h"
#include "localcloud/http/sigv4.h"

namespace localcloud {

enum class Protocol { kEc2Query, kStsQuery, kJson, kSqsJson, kS3 };

// Of the service in a credential scope ("ec2", "sts", "ssm", "sqs", "ec2-instance-connect", "s3");
// EC2's for any other.
Protocol ProtocolOf(const std::string& service);
// Of the service that a request is signed for; S3's for any presigned URL.
Protocol ProtocolOf(const HttpRequest& request);
bool IsJson(Protocol protocol);

// "a1b2c3d4-...": each answer has one, in its body and as a header.
std::string NewRequestId();

// `children` is what the root element contains.
HttpResponse QueryAnswer(Protocol protocol, const std::string& action, const std::string& children,
                         const std::string& request_id);
HttpResponse JsonAnswer(Protocol protocol, const std::string& body, const std::string& request_id);
// Not for S3, whose errors name the request's path: ObjectStore::ErrorAnswer().
HttpResponse ErrorAnswer(Protocol protocol, const ApiError& error, const std::string& request_id);

// The error that stands for a signature that is not valid, in the words of each protocol.
ApiError SignatureError(Protocol protocol, SignatureVerdict verdict, const std::string& reason);

}  // namespace localcloud
