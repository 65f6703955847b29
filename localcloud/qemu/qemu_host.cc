#include "localcloud/qemu/qemu_host.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "localcloud/loop/pipe.h"
#include "localcloud/loop/printable.h"
#include "localcloud/qemu/cgroup_limits.h"
#include "localcloud/qemu/host_programs.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;

constexpr char kProgram[] = "qemu-system-x86_64";
constexpr std::int64_t kMib = 1 << 20;

// Reads until the other end is closed, the text is long enough, or `patience` has passed.
std::string ReadFor(int fd, milliseconds patience, std::size_t enough) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::string text;
  while (text.size() < enough) {
    const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
    pollfd readable{fd, POLLIN, 0};
    const int ready = poll(&readable, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    std::array<char, 4096> chunk;
    const ssize_t n = read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(n));
  }
  return text;
}

// Kills the child and waits for it, but not for one that the kernel does not let go.
void KillAndReap(pid_t pid) {
  const OwnedFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  kill(pid, SIGKILL);
  pollfd end{pidfd.get(), POLLIN, 0};
  constexpr int kPatienceMs = 2000;
  poll(&end, 1, kPatienceMs);
  waitpid(pid, nullptr, WNOHANG);
}

// "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)"
std::string VersionOf(const std::string& qemu) {
  Pipe output = MakePipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), STDERR_FILENO);
  std::string name = kProgram;
  std::string option = "--version";
  std::array<char*, 3> arguments{name.data(), option.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, qemu.c_str(), &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error(qemu + " does not run: " + std::strerror(error));
  output.write_end.Close();
  const std::string text = ReadFor(output.read_end.get(), std::chrono::seconds(20), kMib);
  KillAndReap(pid);
  const std::string before = " version ";
  const std::size_t at = text.find(before);
  if (at == std::string::npos) {
    throw std::runtime_error(
        qemu + " does not tell its version: " + Printable(text.substr(0, text.find('\n'))));
  }
  const std::size_t begin = at + before.size();
  return Printable(text.substr(begin, text.find_first_of(" \n", begin) - begin));
}

// The value of the first line of /proc/cpuinfo or /proc/meminfo that begins with `key`.
std::string ProcValue(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos)
      return line.substr(std::min(line.find_first_not_of(" \t", colon + 1), line.size()));
  }
  return "";
}

int UsableCpus() {
  cpu_set_t* set = CPU_ALLOC(CPU_SETSIZE * 8);
  const std::size_t size = CPU_ALLOC_SIZE(CPU_SETSIZE * 8);
  CPU_ZERO_S(size, set);
  const int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 1;
  CPU_FREE(set);
  return std::max(count, 1);
}

// ---- KVM.

// How far the child came, for its parent. Plain data, because the child may not use much between
// fork() and its end.
struct KvmOutcome {
  char failed[48] = {};           // what failed; empty: nothing
  int error = 0;                  // errno, or 0
  std::uint32_t exit_reason = 0;  // of KVM_RUN
  bool right = false;             // the instructions did what they should
};

// In 32-bit protected mode: fld1; fistpl 0x2000; hlt. That writes the number 1. Floating point,
// because KVM can interpret the simplest instructions itself, and some kernels do only that
// (kvm_pvm): no operating system boots there. KVM does not interpret these two.
constexpr unsigned char kCode[] = {0xd9, 0xe8, 0xdb, 0x1d, 0x00, 0x20, 0x00, 0x00, 0xf4};
constexpr std::uint64_t kCodeAt = 0x1000;
constexpr std::uint64_t kResultAt = 0x2000;

KvmOutcome KvmFailed(const char* what) {
  KvmOutcome outcome;
  outcome.error = errno;
  std::strncpy(outcome.failed, what, sizeof outcome.failed - 1);
  return outcome;
}

// All of the memory. `type`: 11 is code, 3 is data (Intel SDM, volume 3, 3.4.5.1).
kvm_segment FlatSegment(std::uint16_t selector, std::uint8_t type) {
  kvm_segment segment{};
  segment.limit = 0xffffffff;
  segment.selector = selector;
  segment.type = type;
  segment.present = segment.db = segment.s = segment.g = 1;
  return segment;
}

KvmOutcome TryKvm() {
  const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) return KvmFailed("/dev/kvm cannot be opened");
  if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
    return KvmFailed("/dev/kvm has an unknown version");
  const int machine = ioctl(kvm, KVM_CREATE_VM, 0);
  if (machine < 0) return KvmFailed("no virtual machine can be made");
  constexpr unsigned long kTaskState = 0xfffbd000;  // three pages that Intel processors need
  ioctl(machine, KVM_SET_TSS_ADDR, kTaskState);
  constexpr std::size_t kMemory = 0x10000;
  void* const memory =
      mmap(nullptr, kMemory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return KvmFailed("memory is short");
  auto* const bytes = static_cast<unsigned char*>(memory);
  std::memcpy(bytes + kCodeAt, kCode, sizeof kCode);
  kvm_userspace_memory_region region{};
  region.memory_size = kMemory;
  region.userspace_addr = reinterpret_cast<std::uint64_t>(memory);
  if (ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region) != 0)
    return KvmFailed("a virtual machine gets no memory");
  const int cpu = ioctl(machine, KVM_CREATE_VCPU, 0);
  if (cpu < 0) return KvmFailed("no virtual processor can be made");
  const int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  if (size < static_cast<int>(sizeof(kvm_run))) return KvmFailed("KVM's state has no size");
  void* const state =
      mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
  if (state == MAP_FAILED) return KvmFailed("KVM's state cannot be read");
  kvm_sregs segments{};
  if (ioctl(cpu, KVM_GET_SREGS, &segments) != 0) return KvmFailed("registers cannot be read");
  constexpr std::uint64_t kProtected = 1;  // CR0.PE
  segments.cr0 |= kProtected;
  segments.cs = FlatSegment(8, 11);
  segments.ds = segments.es = segments.ss = FlatSegment(16, 3);
  kvm_regs registers{};
  registers.rip = kCodeAt;
  registers.rflags = 2;  // always set
  if (ioctl(cpu, KVM_SET_SREGS, &segments) != 0 || ioctl(cpu, KVM_SET_REGS, &registers) != 0)
    return KvmFailed("registers cannot be set");
  if (ioctl(cpu, KVM_RUN, 0) != 0) return KvmFailed("a virtual processor does not run");
  KvmOutcome outcome;
  outcome.exit_reason = static_cast<const kvm_run*>(state)->exit_reason;
  std::uint32_t result = 0;
  std::memcpy(&result, bytes + kResultAt, sizeof result);
  outcome.right = outcome.exit_reason == KVM_EXIT_HLT && result == 1;
  return outcome;
}

}  // namespace

std::string FindQemu() {
  std::string path = FindOnPath(kProgram);
  if (!path.empty()) return path;
  throw std::runtime_error(std::string(kProgram) +
                           " is missing: install the package qemu-system-x86");
}

bool KvmRuns(std::string* why) {
  Pipe pipe = MakePipe();
  const pid_t pid = fork();
  if (pid < 0) {
    *why = std::string("no process can be started: ") + std::strerror(errno);
    return false;
  }
  if (pid == 0) {
    constexpr unsigned kChildsSeconds = 10;  // if the parent is gone
    alarm(kChildsSeconds);
    const KvmOutcome outcome = TryKvm();
    (void)!write(pipe.write_end.get(), &outcome, sizeof outcome);
    _exit(0);
  }
  pipe.write_end.Close();
  // It takes about a millisecond where it works.
  const std::string told =
      ReadFor(pipe.read_end.get(), std::chrono::seconds(3), sizeof(KvmOutcome));
  KillAndReap(pid);
  if (told.size() != sizeof(KvmOutcome)) {
    *why = "a virtual processor hangs";
    return false;
  }
  KvmOutcome outcome;
  std::memcpy(&outcome, told.data(), sizeof outcome);
  if (outcome.right) return true;
  if (outcome.failed[0] != '\0') {
    *why = outcome.failed;
    if (outcome.error != 0) *why += std::string(": ") + std::strerror(outcome.error);
  } else if (outcome.exit_reason == KVM_EXIT_INTERNAL_ERROR) {
    *why = "KVM interprets a virtual processor's instructions here, and only the simplest ones";
  } else {
    *why = "a virtual processor does not execute what it should (exit reason " +
           std::to_string(outcome.exit_reason) + ")";
  }
  return false;
}

QemuHost ProbeQemuHost(const std::string& directory) {
  QemuHost host;
  host.version = VersionOf(FindQemu());
  host.kvm = KvmRuns(&host.why_no_kvm);
  host.cpu = Printable(ProcValue("/proc/cpuinfo", "model name"));
  const CgroupLimits limits = ReadCgroupLimits();
  host.cpus = UsableCpus();
  if (limits.cpus) host.cpus = std::clamp(static_cast<int>(*limits.cpus), 1, host.cpus);
  const std::int64_t available =
      std::atoll(ProcValue("/proc/meminfo", "MemAvailable").c_str()) * 1024;
  host.memory_mib = std::min(available, limits.memory_bytes.value_or(available)) / kMib;
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) != 0) {
    throw std::runtime_error("cannot find out how much disk is free below " + Printable(directory) +
                             ": " + std::strerror(errno));
  }
  host.disk_free_mib =
      static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize) / kMib;
  return host;
}

}  // namespace localcloud
