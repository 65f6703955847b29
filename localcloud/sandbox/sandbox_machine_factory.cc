#include "localcloud/sandbox/sandbox_machine_factory.h"

#include <csignal>
#include <memory>
#include <string>

#include "localcloud/guest/tree_volumes.h"
#include "localcloud/sandbox/sandbox_machine.h"

namespace localcloud {
namespace {

class SandboxMachineFactory : public MachineFactory {
 public:
  explicit SandboxMachineFactory(const MachineSettings& settings)
      : settings_(settings),
        holds_(std::make_shared<AddressHolds>(settings.ssh_port)),
        reaper_(std::make_shared<ChildReaper>(settings.base)),
        network_(std::make_shared<GuestNetwork>(settings.base, settings.ssh_port)) {
    signal(SIGPIPE, SIG_IGN);  // libssh writes to sockets that a client may have closed
  }

  const RootVolumes& volumes() const override { return volumes_; }
  std::unique_ptr<Machine> Create(const MachineIdentity& identity,
                                  MachineObserver* observer) override {
    return std::make_unique<SandboxMachine>(settings_, holds_, reaper_, network_, identity,
                                            observer);
  }
  std::unique_ptr<AddressHold> Hold(const std::string& address) override {
    return holds_->Hold(address);
  }

 private:
  const TreeVolumes volumes_;
  MachineSettings settings_;
  std::shared_ptr<AddressHolds> holds_;
  std::shared_ptr<ChildReaper> reaper_;
  std::shared_ptr<GuestNetwork> network_;
};

}  // namespace

std::unique_ptr<MachineFactory> MakeSandboxMachineFactory(const MachineSettings& settings) {
  return std::make_unique<SandboxMachineFactory>(settings);
}

}  // namespace localcloud
