#include "compare/input/given_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "compare/input/input_error.h"

namespace launch_compare {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";

// Much larger than any run, and much smaller than a malicious small file can become.
constexpr std::size_t kMostInflated = std::size_t{1} << 30;

// Decompresses all members one after another, as gunzip does.
std::string Inflate(std::string compressed, const std::string& path) {
  z_stream stream{};
  constexpr int kGzip = 16 + MAX_WBITS;  // zlib's manual, inflateInit2
  if (inflateInit2(&stream, kGzip) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_streamp)> end(&stream, &inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string text;
  std::string block(std::size_t{1} << 20, '\0');
  for (int status = Z_OK; status != Z_STREAM_END || stream.avail_in > 0;) {
    if (status == Z_STREAM_END) inflateReset(&stream);
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END)
      throw InputError(path + ": not whole: its gzip data ends early or is damaged");
    text.append(block, 0, block.size() - stream.avail_out);
    if (text.size() > kMostInflated) throw InputError(path + ": inflates to more than 1 GiB");
  }
  return text;
}

}  // namespace

std::string ReadGivenFile(const std::string& path) {
  const auto fail = [&path](const char* why) {
    throw InputError(fmt::format("{}: cannot be read: {}", path, why));
  };
  const bool is_input = path == "-";
  // Checked before the file is opened, because opening some devices blocks.
  struct stat found {};
  if ((is_input ? fstat(STDIN_FILENO, &found) : stat(path.c_str(), &found)) != 0)
    fail(std::strerror(errno));
  const bool is_regular = S_ISREG(found.st_mode);
  if (!is_regular && !S_ISFIFO(found.st_mode)) fail("it is neither a regular file nor a pipe");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      is_input ? fdopen(dup(STDIN_FILENO), "rb") : std::fopen(path.c_str(), "rb"), &std::fclose);
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
  return text.starts_with(kGzipMagic) ? Inflate(std::move(text), path) : text;
}

}  // namespace launch_compare
