#include "compare/given_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>

#include "compare/input_error.h"

namespace launch_compare {

std::string ReadGivenFile(const std::string& path) {
  const auto fail = [&path](const char* why) {
    throw InputError(fmt::format("{}: cannot be read: {}", path, why));
  };
  // Before it is opened: opening some devices waits.
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) fail(std::strerror(errno));
  const bool is_regular = S_ISREG(found.st_mode);
  if (!is_regular && !S_ISFIFO(found.st_mode)) fail("it is neither a regular file nor a pipe");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) fail(std::strerror(errno));
  // The size is a hint: a file may grow.
  std::size_t block =
      is_regular ? static_cast<std::size_t>(found.st_size) + 1 : std::size_t{1} << 20;
  std::string text;
  std::size_t used = 0;
  for (;; block = used) {
    text.resize(used + block);
    const std::size_t got = std::fread(text.data() + used, 1, block, file.get());
    used += got;
    if (got < block) break;
  }
  if (std::ferror(file.get()) != 0) fail(std::strerror(errno));
  text.resize(used);
  return text;
}

}  // namespace launch_compare
