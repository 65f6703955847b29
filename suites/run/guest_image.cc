#include "suites/run/guest_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>

#include "aws/child_program.h"
#include "aws/unique_fd.h"
#include "suites/run/local_cloud_program.h"

namespace suites {
namespace {

// Packages may come through a proxy. The program runs no command of a guest.
constexpr std::array<std::string_view, 3> kProxyVariables = {"http_proxy", "https_proxy",
                                                             "no_proxy"};

}  // namespace

void PrepareGuestImage(const std::string& name, const std::stop_token& stop) {
  // It prints the image's path there, which nobody needs here.
  const aws::UniqueFd nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  const pid_t pid = StartLocalCloudProgram({"image", name}, nowhere.get(), kProxyVariables);
  siginfo_t end{};
  {
    // The process is reaped after this block, so that no other one can get its signal.
    const std::stop_callback on_stop(stop, [pid] { kill(pid, SIGTERM); });
    while (waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
  }
  waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED);
  if (stop.stop_requested()) throw std::runtime_error("nothing was started");
  if (end.si_code != CLD_EXITED) {
    throw std::runtime_error(fmt::format("the image {} was not built: localcloud was killed by {}",
                                         name, aws::SignalName(end.si_status)));
  }
  if (end.si_status != 0) throw std::runtime_error("");
}

}  // namespace suites
