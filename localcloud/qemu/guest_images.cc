#include "localcloud/qemu/guest_images.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "localcloud/http/digests.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/pipe.h"
#include "localcloud/loop/printable.h"
#include "localcloud/loop/tree_removal.h"
#include "localcloud/qemu/guest_image_recipes.h"
#include "localcloud/qemu/host_programs.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;
using Progress = std::function<void(const std::string&)>;

std::system_error ImageError(const std::string& what) {
  return {errno, std::generic_category(), what};
}

// ---- A program whose output is read while it runs ----

struct ImageProgramEnd {
  bool succeeded = false;
  std::string error;  // the first line of its standard error, or how it ended
};

// Called between fork() and exec(): only system calls. Returns if it fails.
void ExecImageProgram(const std::vector<char*>& arguments, pid_t parent, int out, int error,
                      int lock) {
  // The script removes its files if this process is killed.
  prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (getppid() != parent) return;
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
      dup2(error, STDERR_FILENO) < 0)
    return;
  // The program keeps the lock until it has ended, even if this process ends before.
  if (lock >= 0) fcntl(lock, F_SETFD, 0);
  execv(arguments[0], arguments.data());
}

void ForEachOutputLine(int fd, const Progress& on_line) {
  std::string text;
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t count = read(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(bytes.data(), static_cast<std::size_t>(count));
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      on_line(text.substr(0, end));
      text.erase(0, end + 1);
    }
  }
  if (!text.empty()) on_line(text);
}

// Runs a program (its path is the first of `words`), and blocks until it has ended. It inherits the
// descriptor `lock`, unless that is -1.
ImageProgramEnd RunImageProgram(std::vector<std::string> words, int lock, const Progress& on_line) {
  const std::vector<char*> arguments = ExecPointers(&words);
  Pipe output = MakePipe();
  const OwnedFd error(memfd_create("error", MFD_CLOEXEC));
  if (!error) throw ImageError("cannot make a file in memory");
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw ImageError("cannot start " + words[0]);
  if (pid == 0) {
    ExecImageProgram(arguments, parent, output.write_end.get(), error.get(), lock);
    _exit(127);
  }
  output.write_end.Close();
  std::exception_ptr failure;
  try {
    ForEachOutputLine(output.read_end.get(), on_line);
  } catch (...) {
    failure = std::current_exception();
    kill(pid, SIGTERM);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (failure) std::rethrow_exception(failure);
  ImageProgramEnd end{status == 0, FirstLineIn(error.get())};
  if (end.error.empty())
    end.error = words[0] + (WIFSIGNALED(status) ? " was killed" : " failed without a message");
  return end;
}

// ---- Images that are built ----

// The release of this host decides on the release of the image, so it is part of the hash.
std::string HostRelease() {
  std::ifstream file("/etc/os-release");
  std::string release;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("ID=") || line.starts_with("VERSION_CODENAME=")) release += line + "\n";
  }
  return release;
}

std::string RecipeHashOf(const std::string& recipe) { return Sha256Hex(HostRelease() + recipe); }

// The XDG Base Directory Specification: a relative path is ignored.
fs::path ImageCache() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return fs::path(cache) / "launch_bench/guests";
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/')
    throw std::runtime_error("no place for guest images: set HOME or XDG_CACHE_HOME");
  return fs::path(home) / ".cache/launch_bench/guests";
}

std::string FirstLineOfFile(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The directory is complete if it exists, because it was renamed.
std::optional<GuestImage> CachedImage(const std::string& name, const std::string& hash,
                                      const fs::path& directory) {
  if (!fs::exists(directory)) return std::nullopt;
  GuestImage image;
  image.name = name;
  image.description = Printable(FirstLineOfFile(directory / "description"));
  image.disk = directory / "disk.raw";
  image.disk_format = "raw";
  image.kernel = directory / "kernel";
  image.initrd = directory / "initrd";
  image.kernel_command_line = FirstLineOfFile(directory / "cmdline");
  image.recipe_hash = hash;
  for (const std::string& file : {image.disk, image.kernel, image.initrd}) {
    if (!fs::exists(file) || image.kernel_command_line.empty()) {
      throw std::runtime_error("the guest image in " + Printable(directory.string()) +
                               " is incomplete: remove that directory");
    }
  }
  return image;
}

// Its destructor unlocks, once no program that inherited it runs.
OwnedFd LockImageCache(const fs::path& cache, const Progress& progress) {
  OwnedFd lock(open((cache / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) throw ImageError("cannot open " + Printable((cache / "lock").string()));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  progress("waiting for another process that builds a guest image");
  while (flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw ImageError("cannot lock " + Printable((cache / "lock").string()));
  }
  return lock;
}

// Requires: the cache is locked.
void BuildImage(const std::string& name, const std::string& recipe, const fs::path& cache,
                const fs::path& directory, int lock, const Progress& progress) {
  const fs::path building = cache / "building";
  RemoveTree(building);  // what a killed build left
  fs::create_directory(building);
  // Packages for the image are public, and the user namespace in which mmdebstrap may work has
  // other users.
  fs::permissions(building, fs::perms(0755));
  const ImageProgramEnd end = RunImageProgram(
      {FindHostProgram("bash", "bash"), "-c", recipe, name, building}, lock,
      [&](const std::string& line) { progress("guest image " + name + ": " + Printable(line)); });
  if (!end.succeeded) {
    RemoveTree(building);
    throw std::runtime_error(Printable(end.error));
  }
  fs::rename(building, directory);
}

GuestImage FindOrBuild(const std::string& name, const std::string& recipe,
                       const Progress& progress) {
  const std::string hash = RecipeHashOf(recipe);
  const fs::path cache = ImageCache();
  const fs::path directory = cache / (name + "-" + hash.substr(0, 16));
  if (auto image = CachedImage(name, hash, directory)) return *std::move(image);
  fs::create_directories(cache);
  const OwnedFd lock = LockImageCache(cache, progress);
  if (!fs::exists(directory)) BuildImage(name, recipe, cache, directory, lock.get(), progress);
  return CachedImage(name, hash, directory).value();
}

// ---- An image that is given ----

[[noreturn]] void RefuseFile(const std::string& name, const std::string& why) {
  throw std::runtime_error("the guest image " + Printable(name) + " " + why);
}

// QEMU recognizes some formats that name other files of this host, so only these two are let pass:
// a qcow2 that stands by itself, and a raw disk.
void RequireHarmlessFormat(const std::string& name, const nlohmann::json& info) {
  const std::string format = info.value("format", "");
  if (format != "qcow2" && format != "raw")
    RefuseFile(name, "has the format " + Printable(format) + ": qcow2 or raw is required");
  if (info.contains("backing-filename"))
    RefuseFile(name,
               "is based on another file; make it stand by itself: qemu-img convert -O qcow2");
  const auto specific = info.find("format-specific");
  if (specific == info.end() || !specific->is_object()) return;
  const nlohmann::json data = specific->value("data", nlohmann::json::object());
  if (data.contains("data-file") || data.contains("data-file-raw"))
    RefuseFile(name, "keeps its data in another file: qemu-img convert -O qcow2");
  if (data.contains("encrypt")) RefuseFile(name, "is encrypted");
}

// Anything that QEMU does not recognize counts as raw. A disk that a BIOS boots has a signature at
// the end of its first sector.
void RequireBootSector(const std::string& name, int fd) {
  std::array<unsigned char, 2> signature{};
  constexpr off_t kSignatureAt = 510;
  if (pread(fd, signature.data(), signature.size(), kSignatureAt) != 2 || signature[0] != 0x55 ||
      signature[1] != 0xaa)
    RefuseFile(name, "is neither a qcow2 nor a raw disk with a boot sector");
}

GuestImage GivenImage(const std::string& name) {
  // O_NONBLOCK, because opening a pipe would wait.
  const OwnedFd fd(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd && errno == ENOENT) {
    RefuseFile(name, "does not exist: give debian, small, or a file (qcow2 or raw)");
  }
  if (!fd) RefuseFile(name, std::string("cannot be opened: ") + std::strerror(errno));
  struct stat status {};
  if (fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) RefuseFile(name, "is not a file");
  // An absolute path cannot name one of QEMU's protocols ("nbd:").
  const std::string path = fs::canonical(name);
  std::string json;
  const ImageProgramEnd end =
      RunImageProgram({FindHostProgram("qemu-img", "qemu-utils"), "info", "--output=json", path},
                      -1, [&](const std::string& line) { json += line + "\n"; });
  if (!end.succeeded) RefuseFile(name, "cannot be read: " + Printable(end.error));
  const nlohmann::json info = nlohmann::json::parse(json, nullptr, false);
  if (!info.is_object()) RefuseFile(name, "cannot be read: qemu-img gave no JSON");
  RequireHarmlessFormat(name, info);
  GuestImage image;
  image.name = fs::path(path).filename();
  image.disk = path;
  image.disk_format = info.value("format", "");
  if (image.disk_format == "raw") RequireBootSector(name, fd.get());
  constexpr std::int64_t kMib = std::int64_t{1} << 20;
  image.description = Printable(image.name) + " (" + image.disk_format + ", " +
                      std::to_string(info.value("virtual-size", std::int64_t{0}) / kMib) + " MiB)";
  return image;
}

}  // namespace

GuestImage FindOrBuildImage(const std::string& name,
                            const std::function<void(const std::string&)>& progress) {
  const auto recipe = GuestImageRecipes().find(name);
  try {
    if (recipe != GuestImageRecipes().end()) return FindOrBuild(name, recipe->second, progress);
    return GivenImage(name);
  } catch (const fs::filesystem_error& error) {
    throw std::runtime_error("guest image " + Printable(name) + ": " + Printable(error.what()));
  }
}

}  // namespace localcloud
