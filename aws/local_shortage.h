// Naming what this machine ran out of, so that the other side is not blamed.
#pragma once

#include <string>

namespace aws {

// What is short and what to do about it, for EMFILE, ENFILE and EADDRNOTAVAIL; one line. Empty for
// every other error. Thread-safe.
std::string LocalShortage(int error);

// EMFILE or ENFILE if no descriptor can be opened now, else 0: for libraries that do not say why
// they failed.
int DescriptorShortage();

}  // namespace aws
