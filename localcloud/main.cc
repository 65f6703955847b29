// localcloud: an EC2-compatible cloud in one process.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include "localcloud/command_line.h"
#include "localcloud/qemu/guest_images.h"
#include "localcloud/say.h"
#include "localcloud/serve.h"

namespace localcloud {
namespace {

// This program does not need the caller's AWS credentials. Removes them from the environment, and
// overwrites the kernel's copy that /proc/PID/environ shows.
void ForgetCallersCredentials() {
  constexpr std::string_view kPrefix = "AWS_";
  for (char** entry = environ; *entry != nullptr;) {
    const std::string name(*entry, std::strcspn(*entry, "="));
    if (!name.starts_with(kPrefix)) {
      ++entry;
      continue;
    }
    char* const text = *entry;
    unsetenv(name.c_str());  // moves the following entries up
    explicit_bzero(text, std::strlen(text));
  }
}

void Run(const CommandLine& line) {
  switch (line.command) {
    case CommandLine::Command::kNone:
      break;
    case CommandLine::Command::kServe:
      Serve(line.serve);
      break;
    case CommandLine::Command::kImage:
      std::puts(FindOrBuildImage(line.serve.qemu_image, Say).disk.c_str());
  }
}

}  // namespace
}  // namespace localcloud

int main(int argc, char** argv) {
  localcloud::ForgetCallersCredentials();
  try {
    localcloud::Run(localcloud::ParseCommandLine(argc, argv));
  } catch (const std::exception& failure) {
    localcloud::Say(failure.what());
    return 2;
  }
  return 0;
}
