// Names the resource that this machine ran out of, so that messages do not blame the other side.
#pragma once

#include <string>

namespace aws {

// Returns one line for EMFILE, ENFILE and EADDRNOTAVAIL: what is missing, and what to do about it.
// Returns "" for every other error. Thread-safe.
std::string LocalShortage(int error);

// Returns EMFILE or ENFILE if no descriptor can be opened now, else 0. For failures of libraries
// that do not tell the reason.
int DescriptorShortage();

}  // namespace aws
