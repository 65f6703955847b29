// The names of EC2's regions and instance types, to correct misspelt ones.
#pragma once

#include <string>

namespace suites {

// Throws UsageError, which suggests a region, if `region` is certainly misspelt: it does not end
// with a number, or its compass point is misspelt ("us-wset-2"). Accepts other unknown names,
// because AWS adds regions.
void RefuseMisspeltRegion(const std::string& region);

// Throws UsageError, which names `flag` and suggests a type, if the size of `type` is misspelt
// ("m7i.larg").
void RefuseMisspeltInstanceType(const std::string& flag, const std::string& type);

// Returns the region that was probably meant, from a message that an endpoint was not found.
// Returns an empty text if the message has no unknown region, or if no known region is near.
std::string NearestRegion(const std::string& message);

// Returns the instance type that was probably meant, from a message about an unknown type
// ("m7i.lrage": "m7i.large"). Returns an empty text if the message names no type, or one that looks
// right.
std::string NearestInstanceType(const std::string& message);

}  // namespace suites
