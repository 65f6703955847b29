// Random bytes for identifiers and keys.
#pragma once

#include <span>

namespace localcloud {

// Fills `bytes` from the kernel's cryptographic generator. Throws std::system_error. Thread-safe.
void FillRandom(std::span<unsigned char> bytes);

}  // namespace localcloud
