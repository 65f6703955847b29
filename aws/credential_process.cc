#include "aws/credential_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "aws/error.h"

extern char** environ;

namespace aws {
namespace {

using std::chrono::system_clock;

// A log-in may be asked for in a browser; then a user runs it beforehand.
constexpr std::chrono::seconds kLimit{60};
constexpr std::size_t kMostOutput = 1 << 20;
constexpr int kCheck_ms = 100;

[[noreturn]] void Fail(std::string message) {
  throw Error({.kind = Error::Kind::kCredentials, .message = std::move(message)});
}

struct Outcome {
  int status = -1;  // as a shell has it
  bool in_time = true;
  std::string output;
  std::string errors;
};

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) Fail("no pipe for a credential process");
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    CloseWriteEnd();
    close(read_end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void CloseWriteEnd() {
    if (write_end >= 0) close(write_end);
    write_end = -1;
  }
};

pid_t Spawn(std::vector<std::string>& command, const Pipe& output, const Pipe& errors) {
  std::vector<char*> argv;
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.write_end, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);  // to be killed with all that it starts
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, command.front().c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -1;
}

// Whether the stream goes on.
bool ReadSome(int fd, std::string* text) {
  char buffer[4096];
  const ssize_t count = read(fd, buffer, sizeof buffer);
  if (count > 0 && text->size() < kMostOutput)
    text->append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

Outcome Run(std::vector<std::string> command) {
  Outcome outcome;
  Pipe output;
  Pipe errors;
  const pid_t pid = Spawn(command, output, errors);
  if (pid < 0) return outcome;
  output.CloseWriteEnd();
  errors.CloseWriteEnd();
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  std::array<pollfd, 2> streams{pollfd{output.read_end, POLLIN, 0},
                                pollfd{errors.read_end, POLLIN, 0}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    if (outcome.in_time && std::chrono::steady_clock::now() >= deadline) {
      kill(-pid, SIGKILL);
      outcome.in_time = false;
    }
    if (poll(streams.data(), streams.size(), kCheck_ms) <= 0) continue;
    if (streams[0].revents != 0 && !ReadSome(streams[0].fd, &outcome.output)) streams[0].fd = -1;
    if (streams[1].revents != 0 && !ReadSome(streams[1].fd, &outcome.errors)) streams[1].fd = -1;
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

bool IsOnPath(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path != nullptr ? path : "");
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (access((directory + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::string LastLine(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// "2026-01-31T14:25:01Z", with a fraction or an offset ("+00:00") in some tools' output.
std::optional<system_clock::time_point> ParseTime(const std::string& text) {
  std::tm tm{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &tm);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.') {
    ++rest;
    while (std::isdigit(static_cast<unsigned char>(*rest))) ++rest;
  }
  std::tm offset{};
  if (*rest != '\0' && strptime(rest, "%z", &offset) == nullptr) return std::nullopt;
  return system_clock::from_time_t(timegm(&tm) - offset.tm_gmtoff);
}

}  // namespace

Credentials ParseCredentials(const std::string& json, const std::string& source) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  const auto text = [&](const char* name) {
    const auto it = document.is_object() ? document.find(name) : document.end();
    return document.is_object() && it != document.end() && it->is_string() ? it->get<std::string>()
                                                                           : std::string();
  };
  Credentials credentials;
  credentials.access_key_id = text("AccessKeyId");
  credentials.secret_access_key = text("SecretAccessKey");
  credentials.session_token = text("SessionToken").empty() ? text("Token") : text("SessionToken");
  credentials.source = source;
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    Fail(fmt::format("{} gave no AccessKeyId and SecretAccessKey in JSON", source));
  if (const std::string expiration = text("Expiration"); !expiration.empty()) {
    credentials.expiry = ParseTime(expiration);
    if (!credentials.expiry) Fail(fmt::format("{} gave an Expiration that is no time", source));
  }
  return credentials;
}

Credentials RunCredentialProcess(const std::string& command, const std::string& source) {
  const Outcome outcome = Run({"/bin/sh", "-c", command});
  if (!outcome.in_time) Fail(fmt::format("{} did not end within a minute", source));
  if (outcome.status != 0)
    Fail(fmt::format("{} ended with status {}; run it by hand to see why", source, outcome.status));
  Credentials credentials = ParseCredentials(outcome.output, source);
  const auto document = nlohmann::json::parse(outcome.output);
  if (document.value("Version", 1) != 1)
    Fail(fmt::format("{} gave another Version than 1", source));
  return credentials;
}

Credentials ExportFromAwsCli(const std::string& profile, const std::string& source) {
  if (!IsOnPath("aws")) {
    Fail(
        fmt::format("{} needs the AWS CLI, and there is no aws on PATH: install it (v2), or put "
                    "keys into the environment",
                    source));
  }
  std::vector<std::string> command{"aws", "configure", "export-credentials", "--format", "process"};
  if (!profile.empty()) command.insert(command.end(), {"--profile", profile});
  const Outcome outcome = Run(std::move(command));
  if (!outcome.in_time) Fail("aws configure export-credentials did not end within a minute");
  if (outcome.errors.find("Invalid choice") != std::string::npos)
    Fail(
        "the aws on PATH has no configure export-credentials; AWS CLI version 2 has it, since 2.9");
  if (outcome.status != 0) {
    Fail(fmt::format("{}: aws configure export-credentials: {}", source, LastLine(outcome.errors)));
  }
  return ParseCredentials(outcome.output, source + " (through the AWS CLI)");
}

}  // namespace aws
