#include "localcloud/qemu/qemu_machine_factory.h"

#include <utility>

#include "localcloud/qemu/qemu_volumes.h"

namespace localcloud {
namespace {

class QemuMachineFactory : public MachineFactory {
 public:
  explicit QemuMachineFactory(QemuSettings settings) : settings_(std::move(settings)) {}

  const RootVolumes& volumes() const override { return volumes_; }
  std::unique_ptr<Machine> Create(const MachineIdentity& identity,
                                  MachineObserver* observer) override {
    return std::make_unique<QemuMachine>(settings_, identity, observer);
  }
  // In the private network nothing answers at an address that no machine has.
  std::unique_ptr<AddressHold> Hold(const std::string& /*address*/) override {
    return std::make_unique<AddressHold>();
  }

 private:
  const QemuVolumes volumes_;
  const QemuSettings settings_;
};

}  // namespace

std::unique_ptr<MachineFactory> MakeQemuMachineFactory(const QemuSettings& settings) {
  return std::make_unique<QemuMachineFactory>(settings);
}

}  // namespace localcloud
