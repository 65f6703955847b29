#include "localcloud/qemu/disk_layers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "localcloud/loop/printable.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void ThrowDiskError(const std::string& path, const std::string& what) {
  throw std::runtime_error("the disk " + Printable(path) + " " + what);
}

OwnedFd OpenLayer(const std::string& path, int access) {
  // O_NONBLOCK, because opening a pipe would wait.
  OwnedFd fd(open(path.c_str(), access | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) ThrowDiskError(path, std::string("cannot be opened: ") + std::strerror(errno));
  struct stat info {};
  if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) ThrowDiskError(path, "is not a file");
  return fd;
}

// The start of a qcow2 file: its header, with all that it says about the file below. (QEMU's
// docs/interop/qcow2.txt: all of that is in the first cluster; QEMU makes clusters of 64 KiB.)
class Qcow2Header {
 public:
  Qcow2Header(const std::string& path, int fd) : path_(path), bytes_(65536, '\0') {
    const ssize_t n = pread(fd, bytes_.data(), bytes_.size(), 0);
    bytes_.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    if (At(0, 4) != 0x514649fb) ThrowDiskError(path_, "is not a qcow2 image");
    version_ = At(4, 4);
    if (version_ != 2 && version_ != 3) ThrowDiskError(path_, "has an unknown version of qcow2");
  }

  // Empty if the image stands by itself.
  std::string backing_file() const {
    const std::uint64_t offset = At(8, 8);
    const std::uint64_t size = At(16, 4);
    if (offset == 0) return "";
    constexpr std::uint64_t kLongestName = 1023;  // docs/interop/qcow2.txt
    if (size > kLongestName) ThrowDiskError(path_, "has a broken header");
    return Text(offset, size);
  }

  std::string backing_format() const {
    constexpr std::uint64_t kBackingFormat = 0xe2792aca;
    for (std::uint64_t at = version_ == 2 ? 72 : At(100, 4);;) {
      const std::uint64_t type = At(at, 4);
      const std::uint64_t size = At(at + 4, 4);
      if (type == 0) return "";
      if (type == kBackingFormat) return Text(at + 8, size);
      at += 8 + (size + 7) / 8 * 8;
    }
  }

 private:
  void Require(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset)
      ThrowDiskError(path_, "is not a qcow2 image, or its header is broken");
  }
  // The big-endian number of `size` bytes at `offset`.
  std::uint64_t At(std::uint64_t offset, std::uint64_t size) const {
    Require(offset, size);
    std::uint64_t number = 0;
    for (std::uint64_t i = 0; i < size; ++i)
      number = number << 8 | static_cast<unsigned char>(bytes_[offset + i]);
    return number;
  }
  std::string Text(std::uint64_t offset, std::uint64_t size) const {
    Require(offset, size);
    return bytes_.substr(offset, size);
  }

  std::string path_;
  std::string bytes_;
  std::uint64_t version_ = 0;
};

bool LiesBelow(const std::string& file, const std::vector<std::string>& directories) {
  return std::any_of(directories.begin(), directories.end(), [&](const std::string& directory) {
    std::error_code error;
    const fs::path real = fs::canonical(directory, error);
    return !error && (file == real.string() || file.starts_with(real.string() + "/"));
  });
}

}  // namespace

std::vector<DiskLayer> OpenDiskLayers(const std::string& disk,
                                      const std::vector<std::string>& base_places) {
  constexpr std::size_t kMostLayers = 32;
  std::vector<DiskLayer> layers;
  layers.push_back({disk, "qcow2", OpenLayer(disk, O_RDWR)});
  while (layers.back().format == "qcow2") {
    const DiskLayer& above = layers.back();
    const Qcow2Header header(above.path, above.fd.get());
    const std::string name = header.backing_file();
    if (name.empty()) break;
    if (layers.size() == kMostLayers) ThrowDiskError(disk, "has too many layers");
    const std::string format = header.backing_format();
    if (format != "qcow2" && format != "raw")
      ThrowDiskError(above.path, "does not name the format of its base (qcow2 or raw)");
    std::error_code error;
    const fs::path path = fs::canonical(fs::path(above.path).parent_path() / name, error);
    if (error) ThrowDiskError(name, "cannot be opened: " + error.message());
    if (!LiesBelow(path, base_places))
      ThrowDiskError(above.path, "is based on " + Printable(name) + ", which is no image");
    layers.push_back({path, format, OpenLayer(path, O_RDONLY)});
  }
  return layers;
}

}  // namespace localcloud
