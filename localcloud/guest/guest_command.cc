#include "localcloud/guest/guest_command.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "localcloud/loop/pipe.h"

namespace localcloud {
namespace {

struct GuestPipe {
  OwnedFd ours;
  OwnedFd guests;
};

// Only our end is non-blocking, because the guest's programs expect blocking streams.
GuestPipe Halved(OwnedFd ours, OwnedFd guests) {
  fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  return {std::move(ours), std::move(guests)};
}

GuestPipe PipeThatGuestReads() {
  Pipe pipe = MakePipe();
  return Halved(std::move(pipe.write_end), std::move(pipe.read_end));
}

GuestPipe PipeThatGuestWrites() {
  Pipe pipe = MakePipe();
  return Halved(std::move(pipe.read_end), std::move(pipe.write_end));
}

}  // namespace

GuestCommand::GuestCommand(event_base* base, ChildReaper* reaper, const GuestSandbox& sandbox,
                           GuestExec exec, const std::optional<winsize>& terminal,
                           std::function<void()> on_progress)
    : base_(base),
      reaper_(reaper),
      on_progress_(std::move(on_progress)),
      terminal_(terminal.has_value()) {
  if (terminal) {
    StartWithTerminal(sandbox, std::move(exec), *terminal);
  } else {
    StartWithPipes(sandbox, std::move(exec));
  }
  for (Source& source : sources_) {
    if (source.fd) source.watch = std::make_unique<FdWatch>(base_, source.fd.get(), on_progress_);
  }
  if (input_) input_watch_ = std::make_unique<FdWatch>(base_, input_.get(), on_progress_);
  exit_watch_ = std::make_unique<FdWatch>(base_, process_.pidfd.get(), [this] { Collect(); });
  exit_watch_->Want(true, false);
}

GuestCommand::~GuestCommand() {
  if (exit_) return;
  Signal(SIGKILL);
  exit_watch_.reset();
  reaper_->Adopt(process_.pid, std::move(process_.pidfd));
}

void GuestCommand::StartWithPipes(const GuestSandbox& sandbox, GuestExec exec) {
  GuestPipe in = PipeThatGuestReads();
  GuestPipe out = PipeThatGuestWrites();
  GuestPipe err = PipeThatGuestWrites();
  exec.in = in.guests.get();
  exec.out = out.guests.get();
  exec.err = err.guests.get();
  process_ = sandbox.Run(exec);
  input_ = std::move(in.ours);
  sources_[0].fd = std::move(out.ours);
  sources_[1].fd = std::move(err.ours);
}

void GuestCommand::StartWithTerminal(const GuestSandbox& sandbox, GuestExec exec,
                                     const winsize& size) {
  int master = -1;
  int slave = -1;
  if (openpty(&master, &slave, nullptr, nullptr, &size) != 0) {
    throw std::runtime_error(std::string("cannot make a terminal: ") + std::strerror(errno));
  }
  sources_[0].fd = OwnedFd(master);
  const OwnedFd guests(slave);
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(slave, F_SETFD, FD_CLOEXEC);
  fcntl(master, F_SETFL, O_NONBLOCK);
  exec.in = exec.out = exec.err = slave;
  exec.terminal = true;
  process_ = sandbox.Run(exec);
}

std::size_t GuestCommand::Read(Stream stream, char* to, std::size_t size) {
  Source& source = sources_[static_cast<int>(stream)];
  if (!source.fd || size == 0) return 0;
  const ssize_t n = read(source.fd.get(), to, size);
  if (n > 0) return static_cast<std::size_t>(n);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  // The end of the stream: read() returns 0 for a pipe and fails with EIO for a terminal.
  source.watch.reset();
  source.fd.Close();
  return 0;
}

bool GuestCommand::Readable(Stream stream) const {
  const Source& source = sources_[static_cast<int>(stream)];
  pollfd wait{source.fd.get(), POLLIN, 0};
  return source.fd && poll(&wait, 1, 0) > 0;
}

std::size_t GuestCommand::Write(const char* from, std::size_t size) {
  const int fd = terminal_ ? sources_[0].fd.get() : input_.get();
  if (fd < 0) return size;
  const ssize_t n = write(fd, from, size);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EAGAIN || errno == EINTR) return 0;
  CloseInput();
  return size;
}

void GuestCommand::CloseInput() {
  if (terminal_) {
    // A terminal has no separate end of input: send what a user would type (Ctrl-D).
    constexpr char kEndOfTransmission = 4;
    if (sources_[0].fd) (void)!write(sources_[0].fd.get(), &kEndOfTransmission, 1);
    return;
  }
  input_watch_.reset();
  input_.Close();
}

void GuestCommand::Want(bool out, bool err, bool input) {
  if (sources_[0].watch) sources_[0].watch->Want(out, terminal_ && input);
  if (sources_[1].watch) sources_[1].watch->Want(err, false);
  if (input_watch_) input_watch_->Want(false, input);
}

void GuestCommand::Collect() {
  int status = 0;
  if (waitpid(process_.pid, &status, WNOHANG | __WALL) != process_.pid) return;
  exit_watch_.reset();
  Exit exit;
  if (WIFSIGNALED(status)) {
    exit.signal = WTERMSIG(status);
    exit.status = 128 + exit.signal;
  } else {
    exit.status = WEXITSTATUS(status);
  }
  exit_ = exit;
  // A copy, because the callback may destroy this object.
  const std::function<void()> on_progress = on_progress_;
  on_progress();
}

void GuestCommand::Signal(int signal) {
  if (!exit_) kill(-process_.pid, signal);
}

void GuestCommand::Resize(const winsize& size) {
  if (terminal_ && sources_[0].fd) ioctl(sources_[0].fd.get(), TIOCSWINSZ, &size);
}

}  // namespace localcloud
