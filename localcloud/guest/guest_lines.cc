#include "localcloud/guest/guest_lines.h"

#include <utility>
#include <vector>

namespace localcloud {

GuestLines::GuestLines(event_base* base, const GuestFiles& files, const std::string& path,
                       std::function<void(const std::string&)> on_line)
    : fd_(files.MakeFifo(path)),
      on_line_(std::move(on_line)),
      watch_(base, fd_.get(), [this] { Read(); }),
      timers_(base) {
  watch_.Want(true, false);
}

void GuestLines::Read() {
  constexpr std::size_t kLongest = 4096;
  constexpr std::chrono::milliseconds kRest{1};
  char chunk[kLongest];
  const ssize_t n = read(fd_.get(), chunk, sizeof chunk);
  if (n <= 0) return;
  if (n == sizeof chunk) {
    watch_.Want(false, false);
    timers_.After(kRest, [this] { watch_.Want(true, false); });
  }
  std::vector<std::string> lines;
  for (ssize_t i = 0; i < n; ++i) {
    if (chunk[i] != '\n') partial_ += chunk[i];
    if (chunk[i] == '\n' || partial_.size() == kLongest)
      lines.push_back(std::exchange(partial_, {}));
  }
  // A copy, because the callback may destroy this object.
  const auto on_line = on_line_;
  for (const std::string& line : lines) on_line(line);
}

}  // namespace localcloud
