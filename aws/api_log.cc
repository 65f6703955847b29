#include "aws/api_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <exception>
#include <nlohmann/json.hpp>

#include "aws/log_file.h"

namespace aws {
namespace {

double Milliseconds(Clock::duration time) {
  return std::round(std::chrono::duration<double, std::milli>(time).count() * 100) / 100;
}

}  // namespace

ApiLog::ApiLog(const std::string& path)
    : file_(OpenLogFile(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) {}

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
