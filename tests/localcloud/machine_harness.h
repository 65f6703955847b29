// Machines with an event loop in a separate thread, for tests that talk to them over sockets.
#pragma once

#include <event2/event.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "localcloud/guest/image_tree.h"
#include "localcloud/guest/tree_copy.h"
#include "localcloud/loop/fd_watch.h"
#include "localcloud/machine/machine.h"
#include "localcloud/sandbox/reserved_port.h"
#include "localcloud/sandbox/sandbox_machine_factory.h"

namespace localcloud {

// A directory that exists as long as the test. An unprivileged guest user can reach it only through
// its machine.
class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "machine-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline struct stat Stat(const std::string& path) {
  struct stat what {};
  EXPECT_EQ(lstat(path.c_str(), &what), 0) << path;
  return what;
}

// An event loop in a separate thread. Do() runs a function there and waits for it.
class LoopThread {
 public:
  LoopThread() {
    event_config* config = event_config_new();
    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    base_ = event_base_new_with_config(config);
    event_config_free(config);
    wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    watch_ = std::make_unique<FdWatch>(base_, wake_, [this] { RunPosted(); });
    watch_->Want(true, false);
    thread_ = std::thread([this] { event_base_dispatch(base_); });
  }
  ~LoopThread() {
    Do([this] { event_base_loopbreak(base_); });
    thread_.join();
    watch_.reset();
    event_base_free(base_);
    close(wake_);
  }
  event_base* base() const { return base_; }

  // Throws what the function throws.
  void Do(const std::function<void()>& what) {
    // Not a std::future: ThreadSanitizer does not recognize that it orders memory accesses.
    Task task{&what, nullptr, false};
    std::unique_lock lock(mutex_);
    posted_.push_back(&task);
    const std::uint64_t one = 1;
    (void)!write(wake_, &one, sizeof one);
    done_.wait(lock, [&task] { return task.done; });
    if (task.error) std::rethrow_exception(task.error);
  }

 private:
  struct Task {
    const std::function<void()>* what;
    std::exception_ptr error;
    bool done;
  };

  void RunPosted() {
    std::uint64_t count = 0;
    (void)!read(wake_, &count, sizeof count);
    std::unique_lock lock(mutex_);
    while (!posted_.empty()) {
      Task* const task = posted_.front();
      posted_.pop_front();
      lock.unlock();
      try {
        (*task->what)();
      } catch (...) {
        task->error = std::current_exception();
      }
      lock.lock();
      task->done = true;
      done_.notify_all();
    }
  }

  event_base* base_ = nullptr;
  int wake_ = -1;
  std::unique_ptr<FdWatch> watch_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::deque<Task*> posted_;
  std::thread thread_;
};

// Records what a machine reports.
class RecordingObserver : public MachineObserver {
 public:
  struct Facts {
    Clock::time_point closed{}, open{}, ready{};
    std::vector<Clock::time_point> logins, commands;
    std::vector<Session> sessions;
    std::vector<std::string> console;
    std::map<std::string, Clock::time_point> guest_events;
    int shutdowns = 0;
    int reboots = 0;
  };

  void OnTcpClosed(Clock::time_point at) override {
    Note([&](Facts& f) { f.closed = at; });
  }
  void OnTcpOpen(Clock::time_point at) override {
    Note([&](Facts& f) { f.open = at; });
  }
  void OnSshReady(Clock::time_point at) override {
    Note([&](Facts& f) { f.ready = at; });
  }
  void OnGuestEvent(const std::string& name, Clock::time_point at) override {
    Note([&](Facts& f) { f.guest_events[name] = at; });
  }
  void OnLogin(Clock::time_point at) override {
    Note([&](Facts& f) { f.logins.push_back(at); });
  }
  void OnCommand(Clock::time_point at) override {
    Note([&](Facts& f) { f.commands.push_back(at); });
  }
  void OnSession(const Session& s) override {
    Note([&](Facts& f) { f.sessions.push_back(s); });
  }
  void OnGuestShutdown() override {
    Note([](Facts& f) { ++f.shutdowns; });
  }
  void OnGuestReboot() override {
    Note([](Facts& f) { ++f.reboots; });
  }
  void OnConsole(const std::string& line) override {
    Note([&](Facts& f) { f.console.push_back(line); });
  }

  Facts facts() {
    const std::lock_guard lock(mutex_);
    return facts_;
  }
  // Returns true if `condition` becomes true within a minute: longer than anything takes on a busy
  // machine.
  bool WaitFor(const std::function<bool(const Facts&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return condition(facts_); });
  }
  void Forget() {
    const std::lock_guard lock(mutex_);
    facts_ = {};
  }
  bool WaitUntilReady() {
    return WaitFor([](const Facts& f) { return f.ready != Clock::time_point{}; });
  }

 private:
  void Note(const std::function<void(Facts&)>& change) {
    const std::lock_guard lock(mutex_);
    change(facts_);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Facts facts_;
};

// Machines that share one port. Each has its own address and tree.
class MachineHarness {
 public:
  // `endpoint_port` is the port that guests reach on their loopback interface; 0: none.
  explicit MachineHarness(Clock::duration round_trip = {}, bool sandbox_commands = true,
                          std::uint16_t endpoint_port = 0)
      : port_(0) {
    MachineSettings settings;
    settings.base = loop_.base();
    settings.ssh_port = port_.port();
    settings.round_trip = round_trip;
    settings.sandbox_commands = sandbox_commands;
    settings.endpoint_port = endpoint_port;
    loop_.Do([&] { factory_ = MakeSandboxMachineFactory(settings); });
    CreateBaseImage(directory_ / "image");
  }
  ~MachineHarness() {
    loop_.Do([this] {
      machines_.clear();
      factory_.reset();
    });
  }

  std::string tree(int number) const { return directory_ / ("machine" + std::to_string(number)); }
  std::string metadata(int number) const {
    return directory_ / ("metadata" + std::to_string(number));
  }
  static std::string address(int number) { return "127.0.77." + std::to_string(number); }
  static std::string instance_id(int number) {
    return "i-0123456789abcdef" + std::to_string(number);
  }
  std::uint16_t port() const { return port_.port(); }
  LoopThread& loop() { return loop_; }
  MachineFactory& factory() { return *factory_; }

  // Returns machine `number` (from 1), switched off, with a new tree.
  Machine& Add(int number, MachineObserver* observer) {
    CopyTree(directory_ / "image", tree(number));
    return AddOn(number, tree(number), observer);
  }
  // The same, with an existing tree.
  Machine& AddOn(int number, const std::string& root, MachineObserver* observer) {
    std::filesystem::create_directories(metadata(number));
    MachineIdentity identity;
    identity.instance_id = instance_id(number);
    identity.hostname = "ip-127-0-77-" + std::to_string(number);
    identity.login_user = "ec2-user";
    identity.root = root;
    identity.metadata_directory = metadata(number);
    loop_.Do([&] { machines_.push_back(factory_->Create(identity, observer)); });
    return *machines_.back();
  }
  void PowerOn(Machine& machine, const BootPlan& plan) {
    loop_.Do([&] { machine.PowerOn(plan); });
  }
  void PowerOff(Machine& machine, bool keep_memory) {
    loop_.Do([&] { keep_memory ? machine.ShutDown(true) : machine.PowerOff(); });
  }
  static BootPlan Plan(int number, const std::string& authorized_key) {
    BootPlan plan;
    plan.addresses = {address(number)};
    plan.authorized_key = authorized_key;
    return plan;
  }

 private:
  TestDirectory directory_;
  ReservedPort port_;
  LoopThread loop_;
  std::unique_ptr<MachineFactory> factory_;
  std::vector<std::unique_ptr<Machine>> machines_;
};

}  // namespace localcloud
