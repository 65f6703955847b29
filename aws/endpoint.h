// Endpoint URLs: the names of AWS's own, and the check of one that the user gave.
#pragma once

#include <string>

namespace aws {

// What the SDKs call use_fips_endpoint and use_dualstack_endpoint.
struct EndpointVariant {
  bool fips = false;        // validated cryptography (FIPS 140)
  bool dual_stack = false;  // IPv6 beside IPv4
};

// Returns the URL of a service ("ec2", "s3", "ssm", "sts", "sqs", "ec2-instance-connect") in a
// region, as botocore's endpoints.json spells it for the region's partition. Not every service has
// every variant in every region. A name that does not exist fails at its look-up.
std::string EndpointOf(const std::string& service, const std::string& region,
                       const EndpointVariant& variant);

// Returns `url` without slashes at its end. Throws Error(kTransport) unless it has the form
// http://host[:port] or https://host[:port]. The error does not repeat the URL, because a URL that
// does not parse may contain a password.
std::string CheckedEndpoint(std::string url);

}  // namespace aws
