#include "aws/tasks/condition.h"

#ifdef TASKS_ARE_THREADS
#include <condition_variable>
#else
#include <cxxabi.h>

#include <array>
#include <boost/fiber/condition_variable.hpp>
#include <cstring>
#endif

namespace aws {
namespace {

#ifdef TASKS_ARE_THREADS

using Notices = std::condition_variable;
struct KeptExceptions {
  ~KeptExceptions() {}  // not trivial: no warning about an unused variable
};

#else

using Notices = boost::fibers::condition_variable_any;

// The C++ runtime knows which exceptions are being handled by thread, not by task. So a task puts
// them aside while others run. (Newer versions of Boost.Context do this by themselves.)
class KeptExceptions {
 public:
  KeptExceptions() {
    void* const state = abi::__cxa_get_globals();
    std::memcpy(kept_.data(), state, kept_.size());
    std::memset(state, 0, kept_.size());
  }
  ~KeptExceptions() { std::memcpy(abi::__cxa_get_globals(), kept_.data(), kept_.size()); }
  KeptExceptions(const KeptExceptions&) = delete;
  KeptExceptions& operator=(const KeptExceptions&) = delete;

 private:
  // "Itanium C++ ABI: Exception Handling", 2.2.2: a pointer and an unsigned int.
  struct State {
    void* caught;
    unsigned int uncaught;
  };
  std::array<char, sizeof(State)> kept_{};
};

#endif

}  // namespace

struct Condition::Impl {
  Notices notices;
};

Condition::Condition() : impl_(std::make_unique<Impl>()) {}

Condition::~Condition() = default;

void Condition::NotifyAll() { impl_->notices.notify_all(); }

void Condition::WaitForNotice(std::unique_lock<std::mutex>& lock) {
  const KeptExceptions kept;
  impl_->notices.wait(lock);
}

void Condition::WaitForNotice(std::unique_lock<std::mutex>& lock,
                              std::chrono::steady_clock::time_point deadline) {
  const KeptExceptions kept;
  impl_->notices.wait_until(lock, deadline);
}

}  // namespace aws
