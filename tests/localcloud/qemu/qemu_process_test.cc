// Boots real guests: an initramfs of busybox (make_test_guest), with Debian's kernel, in 2 to 4
// seconds without hardware virtualization.
#include "localcloud/qemu/qemu_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "localcloud/loop/pipe.h"
#include "localcloud/loop/temporary_directory.h"
#include "localcloud/qemu/disk_layers.h"
#include "localcloud/qemu/qemu_child.h"
#include "localcloud/qemu/qemu_command.h"
#include "localcloud/qemu/qemu_host.h"
#include "tests/localcloud/test_loop.h"
#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"
#include "tests/support/file_text.h"

namespace localcloud {
namespace {

struct QemuRecorder : QemuObserver {
  void OnVirtualMachineRuns(Clock::time_point at) override {
    runs = at;
    ++times_run;
    if (on_runs) on_runs();
  }
  void OnGuestPowerOff(Clock::time_point at) override { power_off = at; }
  void OnGuestReset(Clock::time_point at) override { reset = at; }
  void OnGuestPanic(Clock::time_point at) override { panic = at; }
  void OnSerial(const char* bytes, std::size_t count) override {
    serial.append(bytes, count);
    if (on_serial) on_serial();
  }
  void OnSerialFull() override { serial_was_full = true; }
  void OnMemorySaved(Clock::time_point at, const std::string& error) override {
    saved = at;
    save_error = error;
  }
  void OnEnd(const std::string& reason) override {
    ++ends;
    end_reason = reason;
  }
  bool Shows(const std::string& text) const { return serial.find(text) != std::string::npos; }

  std::function<void()> on_runs;
  std::function<void()> on_serial;
  std::optional<Clock::time_point> runs;
  std::optional<Clock::time_point> power_off;
  std::optional<Clock::time_point> reset;
  std::optional<Clock::time_point> panic;
  std::optional<Clock::time_point> saved;
  std::string save_error;
  std::string serial;
  std::string end_reason;
  bool serial_was_full = false;
  int times_run = 0;
  int ends = 0;
};

class QemuProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      FindQemu();
    } catch (const std::runtime_error& error) {
      GTEST_SKIP() << error.what();
    }
    initrd_ = directory_.path() + "/initramfs";
    test_support::ChildProcess make(
        {test_support::SourcePath("tests/localcloud/qemu/make_test_guest"), initrd_});
    const int status = make.Wait();
    if (status == 77) GTEST_SKIP() << make.errors();
    ASSERT_EQ(status, 0) << make.errors();
    kernel_ = make.output().substr(0, make.output().find('\n'));
  }

  // `does`: what the guest does, in make_test_guest.
  QemuProcess::Options Guest(const std::string& does) {
    QemuProcess::Options options;
    options.base = loop_.base();
    options.reaper = reaper_;
    options.memory_mib = 192;
    options.kernel = kernel_;
    options.initrd = initrd_;
    options.kernel_command_line = "console=ttyS0 quiet panic=-1 does=" + does;
    options.instance_id = "i-0123456789abcdef0";
    return options;
  }
  void Start(const QemuProcess::Options& options) {
    process_ = std::make_unique<QemuProcess>(options, &seen_);
  }
  void RunUntil(const std::function<bool()>& done) {
    loop_.RunUntil([&] { return done() || seen_.ends > 0; });
    ASSERT_TRUE(done()) << "QEMU ended: " << seen_.end_reason << "\n" << seen_.serial;
  }
  void RunToEnd() {
    loop_.RunUntil([&] { return seen_.ends > 0; });
    EXPECT_EQ(seen_.ends, 1);
  }
  std::string StartError(const QemuProcess::Options& options) {
    try {
      Start(options);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  }

  // Makes images/base.raw, images/middle.qcow2 above it and disk.qcow2 above that, which only this
  // user can read. Returns the path of the last.
  std::string MakeDisk() {
    const std::string images = directory_.path() + "/images";
    std::filesystem::create_directory(images);
    std::ofstream(images + "/base.raw") << "base layer here." << std::string(1 << 20, '\0');
    Image({"-b", images + "/base.raw", "-F", "raw", images + "/middle.qcow2"});
    Image({"-b", images + "/middle.qcow2", "-F", "qcow2", directory_.path() + "/disk.qcow2", "1G"});
    for (const std::string& file : {images + "/base.raw", images + "/middle.qcow2"})
      std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    std::filesystem::permissions(directory_.path() + "/disk.qcow2", std::filesystem::perms(0600));
    return directory_.path() + "/disk.qcow2";
  }
  static void Image(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"qemu-img", "create", "-q", "-f", "qcow2"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    test_support::ChildProcess make(command);
    ASSERT_EQ(make.Wait(), 0) << make.errors();
  }

  const TemporaryDirectory directory_;
  std::string initrd_;
  std::string kernel_;
  TestLoop loop_;
  std::shared_ptr<ChildReaper> reaper_ = std::make_shared<ChildReaper>(loop_.base());
  QemuRecorder seen_;
  std::unique_ptr<QemuProcess> process_;
};

TEST_F(QemuProcessTest, GuestFindsWhatEc2Shows) {
  const std::string disk = MakeDisk();
  QemuProcess::Options options = Guest("look");
  options.cpus = 2;
  options.disk = disk;
  options.base_places = {directory_.path() + "/images"};
  const Clock::time_point before = Clock::now();
  Start(options);
  RunToEnd();
  EXPECT_EQ(seen_.end_reason, "");
  const std::string uuid = MachineUuid("i-0123456789abcdef0");
  EXPECT_TRUE(uuid.starts_with("ec2"));
  for (const std::string& line :
       {std::string("sys_vendor=Amazon EC2"), std::string("bios_vendor=Amazon EC2"),
        std::string("board_asset_tag=i-0123456789abcdef0"), "product_uuid=" + uuid,
        "product_serial=" + uuid, std::string("cpus=2"), std::string("rng=virtio_rng.0"),
        std::string("disk=2097152"), std::string("first=base layer here."),
        std::string("looked")}) {
    EXPECT_TRUE(seen_.Shows(line + "\r\n")) << line << "\n" << seen_.serial;
  }
  ASSERT_TRUE(seen_.runs && seen_.power_off);
  EXPECT_GE(*seen_.runs, before);
  EXPECT_GT(*seen_.power_off, *seen_.runs);
  EXPECT_LE(*seen_.power_off, Clock::now());
  EXPECT_FALSE(seen_.reset);
  // What the guest has written is in the overlay.
  const std::string flat = directory_.path() + "/flat.raw";
  test_support::ChildProcess convert({"qemu-img", "convert", "-O", "raw", disk, flat});
  ASSERT_EQ(convert.Wait(), 0) << convert.errors();
  std::ifstream file(flat);
  std::string start(32, '\0');
  file.read(start.data(), 32);
  EXPECT_EQ(start, "base layer here.written by guest");
}

// The boot sector writes a letter to the console.
TEST_F(QemuProcessTest, FirmwareBootsTheDisk) {
  MakeDisk();
  const std::string base = directory_.path() + "/images/boot.raw";
  std::string sector = "\xba\xf8\x03\xb0!\xee\xf4";  // mov $0x3f8,%dx; mov $'!',%al; out; hlt
  sector.resize(510);
  std::ofstream(base) << sector << "\x55\xaa" << std::string(1 << 20, '\0');
  Image({"-b", base, "-F", "raw", directory_.path() + "/boot.qcow2"});
  QemuProcess::Options options = Guest("");
  options.kernel = options.initrd = options.kernel_command_line = "";
  options.disk = directory_.path() + "/boot.qcow2";
  options.base_places = {directory_.path() + "/images"};
  Start(options);
  RunUntil([&] { return seen_.Shows("!"); });
}

TEST_F(QemuProcessTest, RunsWithoutRights) {
  Start(Guest("wait"));
  RunUntil([&] { return seen_.runs.has_value(); });
  const std::string proc = "/proc/" + std::to_string(process_->pid());
  const std::string status = test_support::FileText(proc + "/status");
  // A user of its own: one QEMU cannot trace another.
  const std::string uid = std::to_string(QemuHasOwnUser() ? 1'900'000'000 + process_->pid()
                                                          : static_cast<pid_t>(getuid()));
  EXPECT_NE(status.find("Uid:\t" + uid + "\t" + uid + "\t" + uid), std::string::npos) << status;
  EXPECT_NE(status.find("CapEff:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("CapPrm:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
  EXPECT_NE(status.find("Seccomp:\t2"), std::string::npos) << status;
  if (QemuHasOwnUser()) {
    EXPECT_NE(status.find("Groups:\t \n"), std::string::npos) << status;
  }
  EXPECT_EQ(test_support::FileText(proc + "/environ"), "");
  if (getuid() != 0) return;
  std::error_code error;
  EXPECT_NE(std::filesystem::read_symlink(proc + "/ns/net", error),
            std::filesystem::read_symlink("/proc/self/ns/net", error))
      << "its own network, in which there is nothing";
}

TEST_F(QemuProcessTest, DescriptorsOfTheParentDoNotLeak) {
  const std::string secret = directory_.path() + "/secret";
  const OwnedFd open_to_children(open(secret.c_str(), O_RDWR | O_CREAT, 0600));  // no O_CLOEXEC
  Start(Guest("wait"));
  RunUntil([&] { return seen_.runs.has_value(); });
  const std::string fds = "/proc/" + std::to_string(process_->pid()) + "/fd";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fds)) {
    ++count;
    std::error_code error;
    EXPECT_NE(std::filesystem::read_symlink(entry, error), secret);
  }
  EXPECT_GT(count, 3);
}

TEST_F(QemuProcessTest, PowerButtonIsHeardByTheGuest) {
  Start(Guest("acpid"));
  RunUntil([&] { return seen_.Shows("acpid runs"); });
  process_->PressPowerButton();
  process_->PressPowerButton();
  RunToEnd();
  EXPECT_TRUE(seen_.Shows("the power button was pressed")) << seen_.serial;
  EXPECT_TRUE(seen_.power_off);
  EXPECT_EQ(seen_.end_reason, "");
}

TEST_F(QemuProcessTest, GuestsResetEndsQemu) {
  Start(Guest("reboot"));
  RunToEnd();
  EXPECT_TRUE(seen_.reset);
  EXPECT_FALSE(seen_.power_off);
  EXPECT_EQ(seen_.end_reason, "");
}

TEST_F(QemuProcessTest, PanicIsReportedBeforeItsReset) {
  Start(Guest("panic"));
  RunToEnd();
  ASSERT_TRUE(seen_.panic && seen_.reset) << seen_.serial;
  EXPECT_LE(*seen_.panic, *seen_.reset);
  EXPECT_TRUE(seen_.Shows("Kernel panic - not syncing"));
}

TEST_F(QemuProcessTest, SavedMemoryContinues) {
  const std::string disk = MakeDisk();
  const std::string memory = directory_.path() + "/memory";
  QemuProcess::Options options = Guest("count");
  options.disk = disk;
  options.base_places = {directory_.path() + "/images"};
  options.generation_id = "11111111-2222-4333-8444-555555555555";
  Start(options);
  RunUntil([&] { return seen_.Shows("count 3\r\n"); });
  process_->SaveMemory(memory);
  RunUntil([&] { return seen_.saved.has_value(); });
  ASSERT_EQ(seen_.save_error, "");
  EXPECT_EQ(seen_.times_run, 1);

  // The stopped machine can go on.
  const std::size_t before = seen_.serial.size();
  process_->Continue();
  RunUntil([&] { return seen_.times_run == 2 && seen_.serial.size() > before; });
  process_->End();
  RunToEnd();

  // And the file continues where it was saved.
  options.saved_memory = memory;
  options.generation_id = "99999999-2222-4333-8444-555555555555";
  seen_ = {};
  Start(options);
  RunUntil([&] { return seen_.times_run == 1 && seen_.Shows("\ncount "); });
  EXPECT_FALSE(seen_.Shows("guest is up")) << seen_.serial;
  process_->End();
  RunToEnd();
  EXPECT_EQ(seen_.end_reason, "");
}

// QEMU says that it is done a moment before it can continue. Often, so that one meets that moment.
TEST_F(QemuProcessTest, MachineContinuesRightAfterItsMemoryIsSaved) {
  Start(Guest("wait"));
  for (int i = 1; i <= 20; ++i) {
    ASSERT_NO_FATAL_FAILURE(RunUntil([&] { return seen_.times_run == i; }));
    const std::string memory = directory_.path() + "/memory" + std::to_string(i);
    process_->SaveMemory(memory);
    ASSERT_NO_FATAL_FAILURE(RunUntil([&] { return seen_.saved.has_value(); }));
    EXPECT_EQ(seen_.save_error, "");
    EXPECT_GT(std::filesystem::file_size(memory), 1U << 16);
    std::filesystem::remove(memory);
    seen_.saved.reset();
    process_->Continue();
  }
}

TEST_F(QemuProcessTest, MemoryIsNotSavedOverAFile) {
  const std::string file = directory_.path() + "/memory";
  std::ofstream(file) << "precious";
  Start(Guest("wait"));
  RunUntil([&] { return seen_.runs.has_value(); });
  process_->SaveMemory(file);
  EXPECT_FALSE(seen_.saved);  // never from within the call
  RunUntil([&] { return seen_.saved.has_value(); });
  EXPECT_EQ(seen_.save_error, "cannot create " + file + ": File exists");
  EXPECT_EQ(test_support::FileText(file), "precious");
}

TEST_F(QemuProcessTest, UnfinishedMemoryIsRemoved) {
  const std::string file = directory_.path() + "/memory";
  Start(Guest("wait"));
  RunUntil([&] { return seen_.runs.has_value(); });
  process_->SaveMemory(file);
  EXPECT_TRUE(std::filesystem::exists(file));
  process_->End();
  RunToEnd();
  EXPECT_FALSE(seen_.saved);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(QemuProcessTest, BrokenSavedMemoryIsOneLine) {
  QemuProcess::Options options = Guest("wait");
  options.saved_memory = directory_.path() + "/memory";
  EXPECT_EQ(StartError(options),
            "cannot open the saved memory " + options.saved_memory + ": No such file or directory");
  std::ofstream(options.saved_memory) << "this is no memory";
  Start(options);
  RunToEnd();
  EXPECT_EQ(seen_.end_reason,
            "QEMU: Not a migration stream; load of migration failed: Invalid argument");
  EXPECT_FALSE(seen_.runs);
}

TEST_F(QemuProcessTest, TooMuchMemoryIsOneLine) {
  QemuProcess::Options options = Guest("wait");
  options.memory_mib = std::int64_t{1} << 30;  // a petabyte
  Start(options);
  RunToEnd();
  EXPECT_NE(seen_.end_reason.find("Cannot allocate memory"), std::string::npos) << seen_.end_reason;
}

TEST_F(QemuProcessTest, MissingFilesAreOneLine) {
  QemuProcess::Options options = Guest("wait");
  options.kernel = "/nonexistent";
  EXPECT_EQ(StartError(options), "cannot open /nonexistent: No such file or directory");
  options.kernel = initrd_;
  EXPECT_EQ(StartError(options), initrd_ + " is not a Linux kernel");
  options = Guest("wait");
  options.disk = "/nonexistent";
  EXPECT_EQ(StartError(options),
            "the disk /nonexistent cannot be opened: No such file or directory");
  options.disk = initrd_;
  EXPECT_EQ(StartError(options), "the disk " + initrd_ + " is not a qcow2 image");
}

// QEMU, which a guest may have taken over, can write these lines into its own disk.
TEST_F(QemuProcessTest, DiskCannotNameFilesOfTheHost) {
  const std::string disk = MakeDisk();
  const std::string secret = directory_.path() + "/secret";
  std::ofstream(secret) << std::string(4096, 's');
  Image({"-b", secret, "-F", "raw", directory_.path() + "/evil.qcow2"});
  const std::vector<std::string> images = {directory_.path() + "/images"};
  EXPECT_EQ(OpenDiskLayers(disk, images).size(), 3U);
  EXPECT_THROW(OpenDiskLayers(directory_.path() + "/evil.qcow2", images), std::runtime_error);
  EXPECT_THROW(OpenDiskLayers(disk, {}), std::runtime_error);
  // Neither by a detour.
  std::filesystem::create_symlink(secret, directory_.path() + "/images/link");
  Image(
      {"-b", directory_.path() + "/images/link", "-F", "raw", directory_.path() + "/evil2.qcow2"});
  EXPECT_THROW(OpenDiskLayers(directory_.path() + "/evil2.qcow2", images), std::runtime_error);
}

TEST_F(QemuProcessTest, DiskIsUsedByOneMachineAtATime) {
  QemuProcess::Options options = Guest("wait");
  options.disk = MakeDisk();
  options.base_places = {directory_.path() + "/images"};
  QemuRecorder first_seen;
  const QemuProcess first(options, &first_seen);
  loop_.RunUntil([&] { return first_seen.runs || first_seen.ends > 0; });
  Start(options);
  RunToEnd();
  EXPECT_TRUE(seen_.end_reason.starts_with("QEMU: the disk " + options.disk + ": "))
      << seen_.end_reason;
  EXPECT_EQ(first_seen.ends, 0);
}

TEST_F(QemuProcessTest, KilledQemuIsReportedWithItsSignal) {
  Start(Guest("wait"));
  RunUntil([&] { return seen_.runs.has_value(); });
  kill(process_->pid(), SIGSEGV);
  RunToEnd();
  EXPECT_TRUE(seen_.end_reason.starts_with("QEMU was ended by signal 11 (Segmentation fault)"))
      << seen_.end_reason;
}

TEST_F(QemuProcessTest, MayBeDestroyedInACallback) {
  OwnedFd pidfd;
  seen_.on_runs = [&] { process_.reset(); };
  Start(Guest("wait"));
  pidfd = OwnedFd(static_cast<int>(syscall(SYS_pidfd_open, process_->pid(), 0)));
  loop_.RunUntil([&] { return process_ == nullptr; });
  pollfd end{pidfd.get(), POLLIN, 0};
  EXPECT_EQ(poll(&end, 1, 60'000), 1);
  EXPECT_EQ(seen_.ends, 0);
}

// The reader is slower than the guest, again and again, until the console has filled up.
TEST_F(QemuProcessTest, SlowReaderOfTheConsoleIsReported) {
  seen_.on_serial = [&] {
    if (!seen_.Shows("guest is up") || seen_.serial_was_full) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  };
  Start(Guest("flood"));
  RunUntil([&] { return seen_.serial_was_full; });
  const std::size_t then = seen_.serial.size();
  RunUntil([&] { return seen_.serial.size() > then + 100'000; });  // the guest goes on
}

// The local cloud is killed: nobody tells QEMU.
TEST_F(QemuProcessTest, DiesWithItsParent) {
  Pipe pipe = MakePipe();
  const pid_t parent = fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) try {
      TestLoop loop;
      const auto reaper = std::make_shared<ChildReaper>(loop.base());
      QemuRecorder observer;
      QemuProcess::Options options = Guest("wait");
      options.base = loop.base();
      options.reaper = reaper;
      QemuProcess process(options, &observer);
      observer.on_runs = [&] {
        const pid_t pid = process.pid();
        (void)!write(pipe.write_end.get(), &pid, sizeof pid);
      };
      event_base_dispatch(loop.base());
      _exit(0);
    } catch (...) {
      _exit(1);
    }
  pipe.write_end.Close();
  pid_t qemu = -1;
  ASSERT_EQ(read(pipe.read_end.get(), &qemu, sizeof qemu), static_cast<ssize_t>(sizeof qemu));
  const OwnedFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, qemu, 0)));
  ASSERT_TRUE(pidfd);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  pollfd end{pidfd.get(), POLLIN, 0};
  EXPECT_EQ(poll(&end, 1, 60'000), 1) << "QEMU still runs";
  waitpid(qemu, nullptr, 0);  // the reaper has made it a child of this process
}

// The probe tells the truth: where it finds KVM, a kernel boots.
TEST_F(QemuProcessTest, BootsWithKvmIfThatRuns) {
  std::string why;
  if (!KvmRuns(&why)) GTEST_SKIP() << "no KVM: " << why;
  QemuProcess::Options options = Guest("poweroff");
  options.kvm = true;
  Start(options);
  RunToEnd();
  EXPECT_TRUE(seen_.power_off) << seen_.end_reason << "\n" << seen_.serial;
}

}  // namespace
}  // namespace localcloud
