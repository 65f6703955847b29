#include "localcloud/guest/sandbox_available.h"

#include <event2/event.h>
#include <fcntl.h>
#include <sys/wait.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/guest_sandbox.h"
#include "localcloud/loop/child_reaper.h"
#include "localcloud/loop/timers.h"

namespace localcloud {
namespace {

struct BaseFree {
  void operator()(event_base* base) const { event_base_free(base); }
};

// Creates a sandbox and runs a command in it, as a machine does.
void TrySandbox(const std::string& tree) {
  const std::unique_ptr<event_base, BaseFree> base(event_base_new());
  ChildReaper reaper(base.get());
  Timers timers(base.get());
  GuestSandbox::Options options{base.get(), &reaper, tree, "localhost",
                                "00000000-0000-4000-8000-000000000000"};
  GuestSandbox sandbox(options, [&base] { event_base_loopbreak(base.get()); });
  constexpr std::chrono::seconds kPatience{10};
  timers.After(kPatience, [&base] { event_base_loopbreak(base.get()); });
  event_base_dispatch(base.get());
  if (sandbox.state() != GuestSandbox::State::kReady) {
    throw std::runtime_error(sandbox.failure().empty() ? "it does not start" : sandbox.failure());
  }
  const OwnedFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  GuestExec exec;
  exec.arguments = {"/usr/bin/true"};
  exec.in = exec.out = exec.err = null.get();
  const GuestProcess process = sandbox.Run(exec);
  int status = 0;
  if (waitpid(process.pid, &status, __WALL) != process.pid || status != 0) {
    throw std::runtime_error("a command in it failed");
  }
}

}  // namespace

bool SandboxAvailable(const std::string& tree, std::string* why) {
  try {
    TrySandbox(tree);
    return true;
  } catch (const std::exception& error) {
    *why = std::string("bubblewrap cannot make a sandbox here: ") + error.what();
    return false;
  }
}

}  // namespace localcloud
