#include "tests/support/test_sshd.h"

#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "tests/support/file_text.h"
#include "tests/support/test_port.h"
#include "tests/support/wait_until.h"

namespace test_support {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSshd = "/usr/sbin/sshd";
constexpr const char* kKeygen = "/usr/bin/ssh-keygen";

pid_t Spawn(const std::vector<std::string>& arguments, const std::string& output) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  const int rc = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (rc != 0) throw std::system_error(rc, std::generic_category(), arguments[0]);
  return pid;
}

void RunTool(const std::vector<std::string>& arguments, const std::string& output) {
  int status = 0;
  waitpid(Spawn(arguments, output), &status, 0);
  if (status != 0) throw std::runtime_error(arguments[0] + " failed: " + FileText(output));
}

bool Answers(std::uint16_t port) {
  try {
    return static_cast<bool>(ConnectTo(port));
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace

std::unique_ptr<TestSshd> TestSshd::Start(const std::string& host_key_type,
                                          const std::string& more) {
  if (!fs::exists(kSshd) || !fs::exists(kKeygen)) return nullptr;
  const passwd* account = getpwuid(getuid());
  if (account == nullptr) return nullptr;  // sshd could log in nobody
  std::unique_ptr<TestSshd> server(new TestSshd);
  std::string pattern = (fs::temp_directory_path() / "launch-bench-sshd-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  server->directory_ = pattern;
  server->user_ = account->pw_name;
  const std::string& dir = server->directory_;
  // As root, sshd requires its privilege separation directory, which only the packaged service
  // creates.
  if (getuid() == 0) fs::create_directories("/run/sshd");
  RunTool({kKeygen, "-q", "-t", host_key_type, "-N", "", "-f", dir + "/host_key"},
          dir + "/keygen.log");
  server->Authorize("");

  // Another process may take a free port before sshd binds it. Then sshd ends, and the next port is
  // tried.
  for (int attempt = 0; attempt < 10; ++attempt) {
    server->port_ = TestPort().port();
    std::ofstream(dir + "/config")
        << "Port " << server->port_ << "\nListenAddress 127.0.0.1\nHostKey " << dir
        << "/host_key\nAuthorizedKeysFile " << dir
        << "/authorized_keys\nPidFile none\nUsePAM no\nStrictModes no\n"
        << "PermitRootLogin prohibit-password\nLogLevel VERBOSE\n"
        << more;
    server->pid_ = Spawn({kSshd, "-D", "-e", "-f", dir + "/config"}, dir + "/log");
    WaitUntil("sshd", [&] {
      const bool has_ended = waitpid(server->pid_, nullptr, WNOHANG) == server->pid_;
      if (has_ended) server->pid_ = -1;
      return has_ended || Answers(server->port_);
    });
    if (server->pid_ > 0) return server;
  }
  throw std::runtime_error("sshd does not start: " + FileText(dir + "/log"));
}

TestSshd::~TestSshd() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void TestSshd::Authorize(const std::string& public_line) {
  std::ofstream file(directory_ + "/authorized_keys", std::ios::app);
  file << public_line << "\n";
}

std::string TestSshd::HostKeyFingerprint() const {
  const std::string output = directory_ + "/fingerprint";
  std::remove(output.c_str());
  RunTool({kKeygen, "-l", "-f", directory_ + "/host_key.pub"}, output);
  const std::string text = FileText(output);  // "256 SHA256:... comment (ED25519)"
  const auto begin = text.find("SHA256:");
  return text.substr(begin, text.find(' ', begin) - begin);
}

int TestSshd::RefusedKeys() const {
  std::ifstream log(directory_ + "/log");
  int count = 0;
  for (std::string line; std::getline(log, line);)
    count += line.find("Failed publickey") != std::string::npos ? 1 : 0;
  return count;
}

}  // namespace test_support
