// Regions and instance types as EC2 names them, to suggest the right one for a misspelt one.
#pragma once

#include <string>

namespace suites {

// Throws UsageError, with the region that is probably meant, if `region` ends with no number, or
// with a misspelt point of the compass ("us-wset-2"). Other names may be of a new region.
void RefuseMisspeltRegion(const std::string& region);

// Likewise for a type whose size is a misspelt word ("m7i.larg"), which `flag` names.
void RefuseMisspeltInstanceType(const std::string& flag, const std::string& type);

// Returns the region that a message about an endpoint that was not found probably means; empty if
// all regions in it are known, or the one that is not is near to none.
std::string NearestRegion(const std::string& message);

// Returns the type that a message about an unknown instance type probably means ("m7i.lrage" is
// "m7i.large"); empty if the message names none, or one that looks right.
std::string NearestInstanceType(const std::string& message);

}  // namespace suites
