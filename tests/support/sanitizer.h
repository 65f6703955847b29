// Tells if this program, and the programs that it starts, are built with a sanitizer.
#pragma once

namespace test_support {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kUnderSanitizer = true;
#else
inline constexpr bool kUnderSanitizer = false;
#endif

// Multiply limits on memory with this: sanitizers keep several bytes for each byte.
inline constexpr int kMemoryFactor = kUnderSanitizer ? 8 : 1;

}  // namespace test_support
