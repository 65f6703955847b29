#include "localcloud/qemu/guest_images.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "localcloud/http/digests.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/pipe.h"
#include "localcloud/loop/printable.h"
#include "localcloud/loop/tree_removal.h"
#include "localcloud/qemu/host_programs.h"
#include "localcloud/qemu/image_recipes.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

constexpr char kCommonPart[] = "common";
constexpr std::size_t kHashDigits = 16;

std::string FirstLineOfFile(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

fs::path CacheDirectory() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  if (cache != nullptr && cache[0] == '/') return fs::path(cache) / "launch_bench/guests";
  if (home != nullptr && home[0] == '/') return fs::path(home) / ".cache/launch_bench/guests";
  throw std::runtime_error("images of guests are kept below $HOME/.cache, and HOME is not set");
}

// Debian's packages of another release make another image.
std::string RecipeHashOf(const std::string& name) {
  std::string release;
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VERSION_CODENAME=")) release = line;
  }
  const auto& recipes = ImageRecipes();
  return Sha256Hex(recipes.at(kCommonPart) + recipes.at(name) + release).substr(0, kHashDigits);
}

GuestImage ReadBuilt(const std::string& name, const std::string& hash, const fs::path& directory) {
  GuestImage image;
  image.name = name;
  image.description = FirstLineOfFile(directory / "description");
  image.disk = directory / "disk.raw";
  image.disk_format = "raw";
  image.kernel = directory / "kernel";
  image.initrd = directory / "initrd";
  image.kernel_command_line = FirstLineOfFile(directory / "cmdline");
  image.recipe_hash = hash;
  return image;
}

void WriteRecipes(const fs::path& directory) {
  fs::create_directory(directory);
  for (const auto& [name, text] : ImageRecipes()) {
    std::ofstream file(directory / name);
    file << text;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + (directory / name).string());
  }
}

// Removes what it names, at the end.
class Scratch {
 public:
  explicit Scratch(fs::path directory) : directory_(std::move(directory)) {}
  ~Scratch() { RemoveTree(directory_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

 private:
  const fs::path directory_;
};

// One process builds at a time; the lock ends with it.
OwnedFd Lock(const fs::path& directory, const std::function<void(const std::string&)>& progress) {
  const std::string path = directory / "lock";
  OwnedFd lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) throw std::runtime_error(fmt::format("cannot write {}: {}", path, strerror(errno)));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  progress("another process builds a guest's image; waiting for it");
  while (flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw std::runtime_error(fmt::format("cannot lock {}", path));
  }
  return lock;
}

// The recipe cleans up when it is told to end, which the death of this process does.
pid_t StartRecipe(const std::string& script, const std::string& target, const OwnedFd& output,
                  const OwnedFd& errors) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error(fmt::format("cannot start bash: {}", strerror(errno)));
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(output.get(), STDOUT_FILENO);
  dup2(errors.get(), STDERR_FILENO);
  execlp("bash", "bash", script.c_str(), target.c_str(), nullptr);
  _exit(127);
}

// Calls `take` with each line, until the writers have closed the pipe.
void ForEachLineOf(const OwnedFd& pipe, const std::function<void(const std::string&)>& take) {
  std::string line;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t count = read(pipe.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    for (const char byte : std::string_view(buffer.data(), static_cast<std::size_t>(count))) {
      if (byte != '\n') {
        line += byte;
        continue;
      }
      take(Printable(line));
      line.clear();
    }
  }
  if (!line.empty()) take(Printable(line));
}

void RunRecipe(const std::string& name, const fs::path& scripts, const fs::path& target,
               const std::function<void(const std::string&)>& progress) {
  Pipe output = MakePipe();
  // A file, because nobody reads it before the end.
  const std::string said_path = scripts / "errors";
  OwnedFd errors(open(said_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const pid_t pid = StartRecipe(scripts / name, target, output.write_end, errors);
  output.write_end.Close();
  ForEachLineOf(output.read_end, [&](const std::string& line) {
    progress(fmt::format("building the guest's image '{}': {}", name, line));
  });
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status == 0) return;
  const std::string said = FirstLineIn(errors.get());
  throw std::runtime_error(said.empty() ? "building the guest's image '" + name + "' failed"
                                        : said);
}

GuestImage FindOrBuild(const std::string& name,
                       const std::function<void(const std::string&)>& progress) {
  const fs::path cache = CacheDirectory();
  const std::string hash = RecipeHashOf(name);
  const fs::path built = cache / (name + "-" + hash);
  if (fs::exists(built)) return ReadBuilt(name, hash, built);
  fs::create_directories(cache);
  const OwnedFd lock = Lock(cache, progress);
  if (fs::exists(built)) return ReadBuilt(name, hash, built);
  // What a killed process has left: the lock is ours, so nobody uses it.
  for (const auto& entry : fs::directory_iterator(cache)) {
    if (entry.path().extension() == ".new") RemoveTree(entry.path());
  }
  const fs::path scratch = cache / (name + "-" + hash + ".new");
  const Scratch removed_at_the_end(scratch);
  const fs::path target = scratch / "image";
  fs::create_directories(target);
  WriteRecipes(scratch / "recipes");
  RunRecipe(name, scratch / "recipes", target, progress);
  fs::rename(target, built);
  return ReadBuilt(name, hash, built);
}

// A disk that refers to other files could make QEMU read files of the host.
GuestImage ReadGiven(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw std::runtime_error(fmt::format(
        "--qemu_image={}: there is no such file; it is debian, small, or the path of a disk image",
        path));
  }
  const auto info = nlohmann::json::parse(RunHostProgram(FindHostProgram("qemu-img", "qemu-utils"),
                                                         {"info", "--output=json", path}, ""),
                                          nullptr, false);
  const std::string format = info.is_object() ? info.value("format", "") : "";
  if (format != "qcow2") {
    throw std::runtime_error(fmt::format(
        "--qemu_image={}: it is not a qcow2 disk image (qemu-img convert -O qcow2 makes "
        "one of others)",
        path));
  }
  const auto& specific = info.value("format-specific", nlohmann::json::object());
  const auto& data = specific.value("data", nlohmann::json::object());
  if (info.contains("backing-filename") || data.contains("data-file")) {
    throw std::runtime_error(fmt::format(
        "--qemu_image={}: it refers to another file; qemu-img convert -O qcow2 makes a whole image",
        path));
  }
  GuestImage image;
  image.name = fs::path(path).filename();
  image.disk = fs::canonical(path);
  image.disk_format = format;
  image.description = fmt::format("{}, {} bytes", image.name, status.st_size);
  return image;
}

}  // namespace

GuestImage FindOrBuildImage(const std::string& name,
                            const std::function<void(const std::string&)>& progress) {
  return name != kCommonPart && ImageRecipes().contains(name) ? FindOrBuild(name, progress)
                                                              : ReadGiven(name);
}

}  // namespace localcloud
