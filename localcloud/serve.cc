#include "localcloud/serve.h"

#include <event2/event.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "localcloud/cloud.h"
#include "localcloud/gateway.h"
#include "localcloud/guest/image_tree.h"
#include "localcloud/guest/sandbox_available.h"
#include "localcloud/http/http_server.h"
#include "localcloud/loop/duration_text.h"
#include "localcloud/loop/temporary_directory.h"
#include "localcloud/machine/machine_settings.h"
#include "localcloud/sandbox/reserved_port.h"
#include "localcloud/sandbox/sandbox_machine_factory.h"
#include "localcloud/say.h"
#include "localcloud/services.h"
#include "localcloud/virtual_machines.h"

namespace localcloud {
namespace {

using EventBase = std::unique_ptr<event_base, decltype(&event_base_free)>;
using Event = std::unique_ptr<event, decltype(&event_free)>;

// Makes timers as precise as the kernel allows. libevent's default clock is coarse. It also caches
// the time during a turn of the loop, which would let a modelled delay end early.
EventBase MakeEventBase() {
  event_config* config = event_config_new();
  event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
  event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
  EventBase base(event_base_new_with_config(config), &event_base_free);
  event_config_free(config);
  if (base == nullptr) throw std::runtime_error("cannot make an event loop");
  return base;
}

// The first signal ends the loop, and then everything is shut down in order. A second signal ends
// this process at once; the next localcloud removes what it leaves behind.
Event StopOn(event_base* base, int signal_number) {
  Event event(evsignal_new(
                  base, signal_number,
                  [](int, short, void* loop) {
                    std::signal(SIGTERM, SIG_DFL);
                    std::signal(SIGINT, SIG_DFL);
                    std::signal(SIGHUP, SIG_DFL);
                    event_base_loopbreak(static_cast<event_base*>(loop));
                  },
                  base),
              &event_free);
  event_add(event.get(), nullptr);
  return event;
}

// Each instance has several descriptors (addresses, sessions, its sandbox), and there may be
// hundreds of instances at a time.
void AllowManyDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // on failure, fewer connections are possible
}

// Ends the loop when the parent process ends. A signal (PDEATHSIG) would not do: it would be sent a
// second time, and end this process before it has removed its directory. If the parent ends before
// this object watches it, writing the line to standard output fails.
class ParentWatch {
 public:
  explicit ParentWatch(event_base* base)
      : fd_(static_cast<int>(syscall(SYS_pidfd_open, getppid(), 0))),
        event_(event_new(
                   base, fd_, EV_READ,
                   [](int, short, void* loop) {
                     event_base_loopbreak(static_cast<event_base*>(loop));
                   },
                   base),
               &event_free) {
    if (fd_ < 0) throw std::runtime_error("--exit_with_parent: cannot watch the parent process");
    event_add(event_.get(), nullptr);
  }
  ~ParentWatch() {
    event_.reset();
    close(fd_);
  }
  ParentWatch(const ParentWatch&) = delete;
  ParentWatch& operator=(const ParentWatch&) = delete;

 private:
  const int fd_;
  Event event_;
};

void PrintReady(const Cloud& cloud, const std::string& address, std::uint16_t port) {
  nlohmann::ordered_json line = {
      {"endpoint_url", fmt::format("http://{}:{}", address, port)},
      {"region", RegionNames().front()},
      {"access_key_id", cloud.access_key().access_key_id},
      {"secret_access_key", cloud.access_key().secret_access_key},
      {"ssh_port", cloud.options().ssh_port},
      {"client_address", cloud.options().client_address},
  };
  if (!cloud.options().machines.empty())
    line["machines"] = nlohmann::json::parse(cloud.options().machines);
  std::printf("%s\n", line.dump().c_str());
  if (std::fflush(stdout) != 0) throw std::runtime_error("cannot write to standard output");
}

// The trees are shared by both architectures: programs come from this host.
std::map<std::string, PublicImages> ModelledImages(const std::string& base_image) {
  constexpr char kModelled[] = "Amazon Linux 2023 as the local cloud models it";
  const PublicImages images = {
      {"al2023-ami-2023.10.20260105.0-kernel-6.1", kModelled, base_image},
      {"al2023-ami-ecs-hvm-2023.0.20260105-kernel-6.1", kModelled, base_image + kDockerTree}};
  return {{"x86_64", images}, {"arm64", images}};
}

constexpr char kLoopback[] = "127.0.0.1";

CloudOptions ReadOptions(const ServeOptions& options) {
  CloudOptions cloud;
  cloud.profile = LatencyProfile::Load(options.profile);
  if (!options.faults.empty()) cloud.faults = FaultPlan::Load(options.faults, ActionNames());
  if (!options.rtt.empty()) cloud.rtt = ParseDuration(options.rtt, "--rtt");
  cloud.time_scale = options.time_scale;
  cloud.seed = options.seed;
  return cloud;
}

// Ends the loop at SIGTERM, SIGINT or SIGHUP, or with the parent.
class EndOfService {
 public:
  EndOfService(event_base* base, bool with_parent)
      : on_term_(StopOn(base, SIGTERM)), on_int_(StopOn(base, SIGINT)) {
    // Sent when the terminal is closed. nohup(1) sets it to be ignored.
    struct sigaction hangup {};
    if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
      on_hup_.emplace(StopOn(base, SIGHUP));
    if (with_parent) parent_.emplace(base);
  }

 private:
  const Event on_term_;
  const Event on_int_;
  std::optional<Event> on_hup_;
  std::optional<ParentWatch> parent_;
};

void ServeSandboxes(event_base* base, const ServeOptions& options, CloudOptions cloud_options) {
  const TemporaryDirectory directory;
  const ReservedPort ssh_port(options.ssh_port);
  cloud_options.directory = directory.path();
  cloud_options.ssh_port = ssh_port.port();
  const std::string base_image = directory.path() + "/al2023";
  CreateBaseImage(base_image);
  CreateDockerImage(base_image + kDockerTree);
  cloud_options.public_images = ModelledImages(base_image);
  std::string why;
  const bool sandbox = SandboxAvailable(base_image, &why);
  if (!sandbox) Say("guest commands are refused: " + why);

  OwnedFd listener = ListenAt(kLoopback, options.port);
  const std::uint16_t port = PortOf(listener);
  Cloud cloud(base, std::move(cloud_options), [&](std::chrono::nanoseconds round_trip) {
    MachineSettings settings;
    settings.base = base;
    settings.ssh_port = ssh_port.port();
    settings.round_trip = round_trip;
    settings.sandbox_commands = sandbox;
    settings.endpoint_port = port;
    return MakeSandboxMachineFactory(settings);
  });
  const Gateway gateway(base, &cloud, std::move(listener));
  PrintReady(cloud, kLoopback, port);
  event_base_dispatch(base);
}

// Debian 13 has a tmpfs at /tmp.
bool IsInMemory(const std::string& directory) {
  struct statfs system {};
  return statfs(directory.c_str(), &system) == 0 && system.f_type == TMPFS_MAGIC;
}

// The endpoint listens twice: for this host's programs, at a socket from before the process entered
// the network of the machines; and for the machines, and programs in their network, at
// kHostAddress.
void ServeVirtualMachines(event_base* base, const ServeOptions& options, const GuestImage& image,
                          CloudOptions cloud_options) {
  const bool own_network = options.network == "own";
  OwnedFd listener = own_network ? ListenAt(kLoopback, options.port) : OwnedFd();
  if (own_network) EnterPrivateNetwork();
  const TemporaryDirectory directory;
  if (IsInMemory(directory.path())) {
    Say(
        fmt::format("the machines' disks are in memory, because {} is: they take what guests were "
                    "promised, and are faster than disks; set TMPDIR to a directory on a disk",
                    directory.path()));
  }
  const VirtualMachines machines(base, image, directory.path());
  cloud_options.directory = directory.path();
  machines.Configure(&cloud_options);
  OwnedFd inside = ListenAt(kHostAddress, own_network ? PortOf(listener) : options.port);
  const std::uint16_t port = PortOf(inside);
  Cloud cloud(base, std::move(cloud_options), [&](std::chrono::nanoseconds) {
    MachineSettings settings;
    settings.base = base;
    settings.ssh_port = kGuestSshPort;
    settings.endpoint_port = port;
    return machines.MakeFactory(settings);
  });
  Gateway gateway(base, &cloud, std::move(inside));
  if (own_network) gateway.ListenAlso(std::move(listener));
  PrintReady(cloud, own_network ? kLoopback : kHostAddress, port);
  event_base_dispatch(base);
}

}  // namespace

void Serve(const ServeOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  // Without this, exceeding the limit on file sizes would end the process. Now the write fails and
  // is reported.
  std::signal(SIGXFSZ, SIG_IGN);
  AllowManyDescriptors();
  CloudOptions cloud_options = ReadOptions(options);
  // While an image is built, a signal ends this process at once.
  std::optional<GuestImage> image;
  if (options.machines == "qemu" && !cloud_options.faults.sshd().empty())
    throw std::runtime_error(
        "--faults: \"sshd\" is for --machines=sandbox: virtual machines run a real sshd");
  if (options.machines == "qemu") image = FindOrBuildImage(options.qemu_image, Say);
  const EventBase base = MakeEventBase();
  const EndOfService end(base.get(), options.exit_with_parent);
  if (image) {
    ServeVirtualMachines(base.get(), options, *image, std::move(cloud_options));
  } else {
    ServeSandboxes(base.get(), options, std::move(cloud_options));
  }
}

}  // namespace localcloud
