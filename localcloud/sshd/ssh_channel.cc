#include "localcloud/sshd/ssh_channel.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "localcloud/guest/guest_command.h"

namespace localcloud {
namespace {

constexpr std::size_t kChunk = 32768;  // the usual payload of an SSH packet
// The limit for each stream before the other connections get their turn. Neither a guest nor a
// client that writes without end may occupy this thread.
constexpr std::size_t kTurnBytes = 4 * kChunk;
// More than a command's pipes can hold (fs.pipe-max-size). Output beyond this was written by
// background processes that it left behind.
constexpr std::size_t kPipeBytes = 2 << 20;
constexpr char kSftpServer[] = "/usr/lib/openssh/sftp-server";
constexpr int kCannotRun = 126;  // as in a shell

// Signals with RFC 4254's names and this system's numbers.
struct SignalName {
  const char* name;
  int number;
};
constexpr std::array<SignalName, 13> kSignals = {{{"ABRT", SIGABRT},
                                                  {"ALRM", SIGALRM},
                                                  {"FPE", SIGFPE},
                                                  {"HUP", SIGHUP},
                                                  {"ILL", SIGILL},
                                                  {"INT", SIGINT},
                                                  {"KILL", SIGKILL},
                                                  {"PIPE", SIGPIPE},
                                                  {"QUIT", SIGQUIT},
                                                  {"SEGV", SIGSEGV},
                                                  {"TERM", SIGTERM},
                                                  {"USR1", SIGUSR1},
                                                  {"USR2", SIGUSR2}}};

bool MaySet(const std::string& name) { return name == "LANG" || name.rfind("LC_", 0) == 0; }

winsize Size(int columns, int rows) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  return size;
}

}  // namespace

// libssh's callbacks. Each returns 0 if it grants the request.
struct SshChannel::Callbacks {
  static SshChannel* Self(void* self) { return static_cast<SshChannel*>(self); }

  static int Request(void* self, std::vector<std::string> arguments) {
    if (Self(self)->state_ != State::kAsked) return 1;
    Self(self)->arguments_ = std::move(arguments);
    Self(self)->state_ = State::kRequested;
    return 0;
  }
  static int Exec(ssh_session, ssh_channel, const char* command, void* self) {
    return Request(self, {"/bin/sh", "-c", command});
  }
  static int Shell(ssh_session, ssh_channel, void* self) {
    return Request(self, {"/bin/sh", "-l"});
  }
  static int Subsystem(ssh_session, ssh_channel, const char* name, void* self) {
    if (std::string(name) != "sftp" || access(kSftpServer, X_OK) != 0) return 1;
    return Request(self, {kSftpServer});
  }
  static int Environment(ssh_session, ssh_channel, const char* name, const char* value,
                         void* self) {
    constexpr std::size_t kMost = 64;
    if (!MaySet(name) || Self(self)->environment_.size() >= kMost) return 1;
    Self(self)->environment_.push_back(std::string(name) + "=" + value);
    return 0;
  }
  static int Terminal(ssh_session, ssh_channel, const char* type, int columns, int rows, int, int,
                      void* self) {
    if (Self(self)->state_ != State::kAsked) return 1;
    Self(self)->terminal_ = Size(columns, rows);
    Self(self)->environment_.push_back(std::string("TERM=") + type);
    return 0;
  }
  static int Resize(ssh_session, ssh_channel, int columns, int rows, int, int, void* self) {
    if (Self(self)->command_) Self(self)->command_->Resize(Size(columns, rows));
    return 0;
  }
  static void Signal(ssh_session, ssh_channel, const char* name, void* self) {
    const auto known = std::find_if(kSignals.begin(), kSignals.end(), [name](const SignalName& s) {
      return std::string(name) == s.name;
    });
    if (known != kSignals.end() && Self(self)->command_)
      Self(self)->command_->Signal(known->number);
  }
};

SshChannel::SshChannel(ssh_session_struct* session, bool drops_status, Start start)
    : session_(session),
      channel_(ssh_channel_new(session)),
      drops_status_(drops_status),
      start_(std::move(start)) {
  if (channel_ == nullptr) throw std::bad_alloc();
  callbacks_ = std::make_unique<ssh_channel_callbacks_struct>();
  *callbacks_ = {};
  callbacks_->userdata = this;
  callbacks_->channel_exec_request_function = &Callbacks::Exec;
  callbacks_->channel_shell_request_function = &Callbacks::Shell;
  callbacks_->channel_subsystem_request_function = &Callbacks::Subsystem;
  callbacks_->channel_env_request_function = &Callbacks::Environment;
  callbacks_->channel_pty_request_function = &Callbacks::Terminal;
  callbacks_->channel_pty_window_change_function = &Callbacks::Resize;
  callbacks_->channel_signal_function = &Callbacks::Signal;
  ssh_callbacks_init(callbacks_.get());
  ssh_set_channel_callbacks(channel_, callbacks_.get());
}

SshChannel::~SshChannel() {
  ssh_remove_channel_callbacks(channel_, callbacks_.get());
  ssh_channel_free(channel_);
}

bool SshChannel::finished() const {
  return state_ == State::kDone || ssh_channel_is_closed(channel_) != 0;
}

std::optional<Clock::time_point> SshChannel::Advance() {
  if (state_ == State::kRequested) TryToStart();
  if (state_ == State::kRunning) Pump();
  return std::exchange(ended_, std::nullopt);
}

void SshChannel::TryToStart() {
  GuestExec exec;
  exec.arguments = arguments_;
  exec.environment = environment_;
  std::string error;
  command_ = start_(std::move(exec), terminal_, &error);
  if (command_) {
    state_ = State::kRunning;
  } else if (!error.empty()) {
    error += "\n";
    ssh_channel_write_stderr(channel_, error.data(), static_cast<std::uint32_t>(error.size()));
    Finish(kCannotRun, 0);
  }
}

void SshChannel::Pump() {
  PassInput();
  // The order matters: once the end of the process is known, all it wrote is in the pipes. (Later
  // output of its children is not waited for.)
  const bool ended = command_->exit().has_value();
  const bool all_out = PassOutput(0);
  const bool all_err = PassOutput(1);
  if (ended && HasSaidAll(all_out && all_err)) {
    Finish(command_->exit()->status, command_->exit()->signal);
    return;
  }
  command_->Want(CanSend(), CanSend(), !input_.empty());
}

bool SshChannel::CanSend() const {
  // Checks the window, so that nothing is read that the client does not take. Checks the socket, so
  // that libssh's own buffer does not grow.
  return ssh_channel_window_size(channel_) > 0 &&
         (ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) == 0;
}

bool SshChannel::HasSaidAll(bool all_passed) const {
  const bool passed = output_[0].empty() && output_[1].empty();
  return passed && CanSend() && (all_passed || after_exit_ >= kPipeBytes);
}

// Returns true if everything available has been passed on.
bool SshChannel::PassOutput(int stream) {
  const auto source = static_cast<GuestCommand::Stream>(stream);
  std::string& rest = output_[stream];
  for (std::size_t passed = 0; passed < kTurnBytes;) {
    if (rest.empty()) {
      if (!CanSend()) return false;
      rest.resize(std::min<std::size_t>(kChunk, ssh_channel_window_size(channel_)));
      rest.resize(command_->Read(source, rest.data(), rest.size()));
      if (rest.empty()) return true;
      if (command_->exit()) after_exit_ += rest.size();
    }
    const auto size = static_cast<std::uint32_t>(rest.size());
    const int sent = stream == 0 ? ssh_channel_write(channel_, rest.data(), size)
                                 : ssh_channel_write_stderr(channel_, rest.data(), size);
    if (sent <= 0) return false;
    rest.erase(0, static_cast<std::size_t>(sent));
    passed += static_cast<std::size_t>(sent);
  }
  return rest.empty() && !command_->Readable(source);
}

void SshChannel::PassInput() {
  for (std::size_t passed = 0;;) {
    if (input_.empty()) {
      char chunk[kChunk];
      const int n = ssh_channel_read_nonblocking(channel_, chunk, sizeof chunk, 0);
      if (n <= 0) break;
      input_.assign(chunk, static_cast<std::size_t>(n));
    }
    // Stops with data in input_, so that this continues as soon as the guest can take more.
    if (passed >= kTurnBytes) return;
    const std::size_t taken = command_->Write(input_.data(), input_.size());
    if (taken == 0) return;
    input_.erase(0, taken);
    passed += taken;
  }
  if (ssh_channel_is_eof(channel_) != 0 && !std::exchange(input_ended_, true))
    command_->CloseInput();
}

void SshChannel::Finish(int status, int signal) {
  if (drops_status_) {
    shutdown(ssh_get_fd(session_), SHUT_RDWR);
    command_.reset();
    state_ = State::kDone;
    return;
  }
  // Taken before the status is sent, so that no client can have it earlier. The status goes to the
  // socket at once, because CanSend() has just returned true.
  ended_ = Clock::now();
  const auto name = std::find_if(kSignals.begin(), kSignals.end(),
                                 [signal](const SignalName& s) { return s.number == signal; });
  if (signal != 0 && name != kSignals.end()) {
    ssh_channel_request_send_exit_signal(channel_, name->name, 0, "", "");
  } else {
    ssh_channel_request_send_exit_status(channel_, status);
  }
  ssh_channel_send_eof(channel_);
  ssh_channel_close(channel_);
  command_.reset();
  state_ = State::kDone;
}

}  // namespace localcloud
