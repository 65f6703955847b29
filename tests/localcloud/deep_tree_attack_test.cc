// Directory trees that a guest has made as hard to remove as possible.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "localcloud/guest/tree_copy.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/temporary_directory.h"
#include "localcloud/loop/tree_removal.h"
#include "tests/support/sanitizer.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

// Creates `levels` nested directories below `path` one by one, as a guest does, because no path can
// be that long. Their names have the greatest length: 16 of them are longer than PATH_MAX.
void MakeDeep(const std::string& path, int levels, mode_t innermost = 0700) {
  OwnedFd at(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string name(NAME_MAX, 'd');
  for (int i = 0; i < levels; ++i) {
    ASSERT_EQ(mkdirat(at.get(), name.c_str(), 0700), 0);
    OwnedFd next(openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(next);
    at = std::move(next);
  }
  ASSERT_EQ(fchmod(at.get(), innermost), 0);
}

long PeakMemory_KiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// In memory if possible: on a disk, creating 25,000 directories takes longer than the rest of the
// test.
class FastDirectory {
 public:
  FastDirectory() {
    const std::string parent =
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path().string();
    path_ = parent + "/deep-tree-test-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~FastDirectory() { RemoveTree(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Leaves as few descriptors as a limit may leave.
class FewDescriptors {
 public:
  FewDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(DeepTreeAttack, TwentyFiveThousandLevelsAreRemovedWithFewDescriptorsAndLittleMemory) {
  const FastDirectory directory;
  const std::string tree = directory / "tree";
  fs::create_directory(tree);
  MakeDeep(tree, 25'000);
  const long before = PeakMemory_KiB();
  const FewDescriptors limit;
  EXPECT_TRUE(RemoveTree(tree));
  EXPECT_LT(PeakMemory_KiB() - before, test_support::kMemoryFactor * (64 << 10));
  EXPECT_NE(access(tree.c_str(), F_OK), 0);
}

TEST(DeepTreeAttack, TheCloudsDirectoryGoesWithADeepTreeInIt) {
  const FastDirectory parent;
  setenv("TMPDIR", (parent / "").c_str(), 1);
  std::string path;
  {
    const TemporaryDirectory directory;
    path = directory.path();
    fs::create_directories(path + "/instances/i-1/root");
    MakeDeep(path + "/instances/i-1/root", 25'000);
  }
  unsetenv("TMPDIR");
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST(DeepTreeAttack, RightsThatTheGuestHasTakenAwayAreTakenBackAtEveryDepth) {
  const FastDirectory directory;
  const std::string tree = directory / "tree";
  fs::create_directories(tree + "/closed/inner");
  std::ofstream(tree + "/closed/inner/file") << "text";
  MakeDeep(tree + "/closed", 40, 0);
  for (const char* place : {"/closed/inner", "/closed"}) {
    ASSERT_EQ(chmod((tree + place).c_str(), 0), 0);
  }
  // Depths around the one from which directories are moved up.
  for (int levels = 8; levels < 16; ++levels) {
    const std::string each = tree + "/" + std::to_string(levels);
    fs::create_directory(each);
    MakeDeep(each, levels, 0);
  }
  EXPECT_TRUE(RemoveTree(tree));
  EXPECT_NE(access(tree.c_str(), F_OK), 0);
}

TEST(DeepTreeAttack, LinksAreNotFollowed) {
  const FastDirectory directory;
  const std::string outside = directory / "outside";
  fs::create_directories(outside);
  std::ofstream(outside + "/kept") << "text";
  const std::string tree = directory / "tree";
  fs::create_directories(tree + "/a/b");
  fs::create_directory_symlink(outside, tree + "/a/b/link");
  fs::create_directory_symlink(outside, tree + "/link");
  ASSERT_EQ(chmod((tree + "/a/b").c_str(), 0), 0);
  EXPECT_TRUE(RemoveTree(tree));
  EXPECT_TRUE(fs::exists(outside + "/kept"));
  // The tree's own name must not be followed either if it has become a link.
  fs::create_directory_symlink(outside, tree);
  EXPECT_FALSE(RemoveTree(tree));
  EXPECT_TRUE(fs::exists(outside + "/kept"));
}

TEST(DeepTreeAttack, NamesThatDeepDirectoriesGetAtTheTopMayBeTaken) {
  const FastDirectory directory;
  const std::string tree = directory / "tree";
  fs::create_directory(tree);
  for (int i = 0; i < 20; ++i) {
    const std::string name = tree + "/deep-" + std::to_string(i);
    if (i % 2 == 0) {
      std::ofstream(name) << "a file";
    } else {
      fs::create_directories(name + "/full");
    }
  }
  MakeDeep(tree, 200);
  EXPECT_TRUE(RemoveTree(tree));
}

TEST(DeepTreeAttack, ACopyOfADeepTreeFailsInTimeAndLeavesNothing) {
  const FastDirectory directory;
  const std::string tree = directory / "tree";
  fs::create_directory(tree);
  MakeDeep(tree, 25'000);
  EXPECT_THROW(CopyTree(tree, directory / "copy"), std::runtime_error);
  EXPECT_FALSE(fs::exists(directory / "copy"));
  EXPECT_TRUE(RemoveTree(tree));
}

TEST(DeepTreeAttack, NoTreeIsNoFailure) {
  const FastDirectory directory;
  EXPECT_TRUE(RemoveTree(directory / "none"));
}

}  // namespace
}  // namespace localcloud
