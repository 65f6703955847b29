// Images are built and refused as documented. Nothing is booted here.
#include "localcloud/qemu/guest_images.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/temporary_directory.h"
#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"
#include "tests/support/file_text.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;
using test_support::ChildProcess;
using test_support::FileText;
using test_support::WaitUntil;

// Sets a variable of this process until the end of the test.
class ScopedImageVariable {
 public:
  ScopedImageVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* const before = getenv(name_.c_str())) before_ = before;
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~ScopedImageVariable() {
    if (before_) {
      setenv(name_.c_str(), before_->c_str(), 1);
    } else {
      unsetenv(name_.c_str());
    }
  }
  ScopedImageVariable(const ScopedImageVariable&) = delete;
  ScopedImageVariable& operator=(const ScopedImageVariable&) = delete;

 private:
  std::string name_;
  std::optional<std::string> before_;
};

std::string WhyNoImage(const std::string& name) {
  try {
    FindOrBuildImage(name, [](const std::string&) {});
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

std::string ImageToolOutput(std::vector<std::string> command) {
  ChildProcess child(std::move(command));
  EXPECT_EQ(child.Wait(), 0) << child.errors();
  return child.output();
}

bool ImageProgramExists(const std::string& name) {
  return fs::exists("/usr/bin/" + name) || fs::exists("/usr/sbin/" + name);
}

void WriteImageFile(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// An empty raw disk whose first sector ends with the signature that a BIOS looks for.
void WriteBootableDisk(const fs::path& path) {
  std::string sector(512, '\0');
  sector[510] = '\x55';
  sector[511] = '\xaa';
  WriteImageFile(path, sector);
  fs::resize_file(path, 1 << 20);
}

class GuestImagesTest : public testing::Test {
 protected:
  // Puts a mmdebstrap that runs `script` before the real one, and a cache that is empty.
  void FakeBuilder(const std::string& script) {
    const fs::path bin = path("bin");
    fs::create_directory(bin);
    WriteImageFile(bin / "mmdebstrap", "#!/bin/sh\n" + script + "\n");
    fs::permissions(bin / "mmdebstrap", fs::perms::all);
    search_path_ = bin.string() + ":" + getenv("PATH");
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string cache() const { return path("cache"); }
  // What builds have left, besides the lock.
  std::vector<std::string> Leftovers() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(cache() + "/launch_bench/guests")) {
      if (entry.path().filename() != "lock") names.push_back(entry.path().filename());
    }
    return names;
  }
  bool CacheIsUnlocked() const {
    const OwnedFd lock(open((cache() + "/launch_bench/guests/lock").c_str(), O_RDWR | O_CLOEXEC));
    return lock && flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
  }

  const TemporaryDirectory directory_;
  std::string search_path_;
};

TEST_F(GuestImagesTest, AFileThatDoesNotExistIsRefused) {
  EXPECT_EQ(WhyNoImage(path("none.qcow2")),
            "the guest image " + path("none.qcow2") +
                " does not exist: give debian, small, or a file (qcow2 or raw)");
}

TEST_F(GuestImagesTest, ADirectoryAndAPipeAreRefused) {
  EXPECT_EQ(WhyNoImage(directory_.path()),
            "the guest image " + directory_.path() + " is not a file");
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(WhyNoImage(path("pipe")), "the guest image " + path("pipe") + " is not a file");
}

class GivenImageTest : public GuestImagesTest {
 protected:
  void SetUp() override {
    if (!ImageProgramExists("qemu-img")) GTEST_SKIP() << "no qemu-img (qemu-utils)";
  }
};

TEST_F(GivenImageTest, ATextFileIsRefused) {
  WriteImageFile(path("notes.txt"), std::string(2000, 'x'));
  EXPECT_EQ(WhyNoImage(path("notes.txt")),
            "the guest image " + path("notes.txt") +
                " is neither a qcow2 nor a raw disk with a boot sector");
}

TEST_F(GivenImageTest, ARawDiskAndAQcow2AreTaken) {
  WriteBootableDisk(path("disk.raw"));
  const GuestImage raw = FindOrBuildImage(path("disk.raw"), [](const std::string&) {});
  EXPECT_EQ(raw.name, "disk.raw");
  EXPECT_EQ(raw.disk, fs::canonical(path("disk.raw")));
  EXPECT_EQ(raw.disk_format, "raw");
  EXPECT_EQ(raw.description, "disk.raw (raw, 1 MiB)");
  EXPECT_EQ(raw.kernel + raw.initrd + raw.kernel_command_line + raw.recipe_hash, "");

  ImageToolOutput({"qemu-img", "create", "-f", "qcow2", path("disk.qcow2"), "3M"});
  const GuestImage qcow2 = FindOrBuildImage(path("disk.qcow2"), [](const std::string&) {});
  EXPECT_EQ(qcow2.disk_format, "qcow2");
  EXPECT_EQ(qcow2.description, "disk.qcow2 (qcow2, 3 MiB)");
}

// A guest could read any file of the host that its image names.
TEST_F(GivenImageTest, ImagesThatNameOtherFilesAreRefused) {
  WriteBootableDisk(path("disk.raw"));
  ImageToolOutput({"qemu-img", "create", "-f", "qcow2", "-b", path("disk.raw"), "-F", "raw",
                   path("overlay.qcow2")});
  EXPECT_EQ(WhyNoImage(path("overlay.qcow2")),
            "the guest image " + path("overlay.qcow2") +
                " is based on another file; make it stand by itself: qemu-img convert -O qcow2");
  ImageToolOutput({"qemu-img", "create", "-f", "qcow2", "-o", "data_file=" + path("data"),
                   path("split.qcow2"), "1M"});
  EXPECT_EQ(WhyNoImage(path("split.qcow2")),
            "the guest image " + path("split.qcow2") +
                " keeps its data in another file: qemu-img convert -O qcow2");
  ImageToolOutput({"qemu-img", "create", "-f", "vmdk", path("disk.vmdk"), "1M"});
  EXPECT_EQ(WhyNoImage(path("disk.vmdk")), "the guest image " + path("disk.vmdk") +
                                               " has the format vmdk: qcow2 or raw is required");
}

TEST_F(GuestImagesTest, AFailedBuildSaysWhyAndLeavesNothing) {
  FakeBuilder("echo some text; echo 'E: the mirror does not answer'; echo more; exit 1");
  const ScopedImageVariable search("PATH", search_path_);
  const ScopedImageVariable cached("XDG_CACHE_HOME", cache());
  std::vector<std::string> progress;
  EXPECT_THROW(
      FindOrBuildImage("small", [&](const std::string& line) { progress.push_back(line); }),
      std::runtime_error);
  ASSERT_EQ(progress.size(), 1U);
  EXPECT_TRUE(progress[0].starts_with("guest image small: installing Debian ")) << progress[0];
  EXPECT_EQ(WhyNoImage("small"),
            "guest image small: mmdebstrap failed: E: the mirror does not answer");
  EXPECT_EQ(Leftovers(), std::vector<std::string>());
}

TEST_F(GuestImagesTest, AMissingProgramIsNamedWithItsPackage) {
  const fs::path bin = path("bin");
  fs::create_directory(bin);
  for (const auto& entry : fs::directory_iterator("/usr/bin")) {
    if (entry.path().filename() != "mmdebstrap")
      fs::create_symlink(entry.path(), bin / entry.path().filename());
  }
  const ScopedImageVariable search("PATH", bin);
  const ScopedImageVariable cached("XDG_CACHE_HOME", cache());
  const std::string why = WhyNoImage("debian");
  EXPECT_TRUE(
      why.starts_with("guest image debian: programs are missing: sudo apt-get install mmdebstrap"))
      << why;
  EXPECT_EQ(Leftovers(), std::vector<std::string>());
}

// The builder ignores nothing but the death of its parent: no program can catch SIGKILL.
TEST_F(GuestImagesTest, ABuildWhoseProcessIsKilledLeavesNothing) {
  FakeBuilder("touch \"$STARTED\"; exec sleep 600");
  ChildProcess program(
      {test_support::ProgramPath("localcloud"), "image", "small"},
      {{"PATH", search_path_}, {"XDG_CACHE_HOME", cache()}, {"STARTED", path("started")}});
  WaitUntil("the build", [&] { return fs::exists(path("started")); });
  EXPECT_EQ(Leftovers(), std::vector<std::string>{"building"});
  EXPECT_FALSE(CacheIsUnlocked());
  kill(program.pid(), SIGKILL);
  program.Wait();
  WaitUntil("the end of the build", [&] { return CacheIsUnlocked(); });
  EXPECT_EQ(Leftovers(), std::vector<std::string>());
}

// Takes a minute or two if the image is not in this user's cache yet.
TEST_F(GuestImagesTest, SmallIsBuiltOnceAndHoldsNoIdentity) {
  for (const char* const program : {"mmdebstrap", "mke2fs", "debugfs", "cpio", "xz", "depmod"}) {
    if (!ImageProgramExists(program)) GTEST_SKIP() << "no " << program;
  }
  const GuestImage image = FindOrBuildImage("small", [](const std::string&) {});
  EXPECT_EQ(image.name, "small");
  EXPECT_EQ(image.disk_format, "raw");
  EXPECT_TRUE(image.description.starts_with("Debian ")) << image.description;
  EXPECT_TRUE(image.kernel_command_line.starts_with("root=/dev/vda ")) << image.kernel_command_line;
  EXPECT_TRUE(fs::exists(image.kernel));
  EXPECT_TRUE(fs::exists(image.initrd));
  ImageToolOutput({"/usr/sbin/e2fsck", "-fn", image.disk});
  const auto file = [&](const std::string& request) {
    return ImageToolOutput({"/usr/sbin/debugfs", "-R", request, image.disk});
  };
  EXPECT_EQ(file("cat /etc/machine-id"), "");
  EXPECT_EQ(file("ls -p /etc/ssh").find("ssh_host_"), std::string::npos);
  EXPECT_NE(file("cat /usr/share/ec2-instance-connect/active_keys")
                .find("managed-ssh-keys/active-keys/$1"),
            std::string::npos);
  EXPECT_NE(file("ls -p /usr/bin").find("/systemctl/"), std::string::npos);
  EXPECT_EQ(file("ls -p /usr/bin").find("cloud-init"), std::string::npos);

  std::vector<std::string> progress;
  const GuestImage again =
      FindOrBuildImage("small", [&](const std::string& line) { progress.push_back(line); });
  EXPECT_EQ(again.disk, image.disk);
  EXPECT_EQ(progress, std::vector<std::string>());
}

}  // namespace
}  // namespace localcloud
