// Feeds arbitrary bytes to the reader of ~/.aws/config: taken, or refused with a line that names
// the place and never repeats what stands there. Run by scripts/fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/error.h"
#include "aws/profile_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    aws::ParseProfileFile(std::string_view(reinterpret_cast<const char*>(data), size), "profile");
  } catch (const aws::Error& error) {
    if (error.kind() != aws::Error::Kind::kCredentials) std::abort();
    if (std::string_view(error.what()).find("profile") == std::string_view::npos) std::abort();
  }
  return 0;
}
