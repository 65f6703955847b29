#include "aws/api_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

namespace aws {
namespace {

double Milliseconds(Clock::duration time) {
  return std::round(std::chrono::duration<double, std::milli>(time).count() * 100) / 100;
}

}  // namespace

ApiLog::ApiLog(const std::string& path)
    // O_NONBLOCK: opening a pipe that nobody reads would block.
    : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                 0600)) {
  if (file_.get() < 0) throw std::system_error(errno, std::generic_category(), path);
  struct stat found {};
  if (fstat(file_.get(), &found) != 0 || (!S_ISREG(found.st_mode) && !S_ISCHR(found.st_mode)))
    throw std::runtime_error(path + ": it is not a regular file");
}

void ApiLog::Add(const ApiCall& call) noexcept {
  try {
    const nlohmann::ordered_json line = {{"at_ms", Milliseconds(call.begin - opened_)},
                                         {"service", call.service},
                                         {"region", call.region},
                                         {"action", call.action},
                                         {"attempt", call.attempt},
                                         {"ms", Milliseconds(call.end - call.begin)},
                                         {"http_status", call.http_status},
                                         {"code", call.code}};
    const std::string text =
        line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    const std::lock_guard lock(mutex_);
    const auto written = write(file_.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size())) complete_ = false;
  } catch (const std::exception&) {
    const std::lock_guard lock(mutex_);
    complete_ = false;
  }
}

bool ApiLog::complete() const {
  const std::lock_guard lock(mutex_);
  return complete_;
}

}  // namespace aws
