#include "localcloud/ec2/state/previous_tenant.h"

#include "localcloud/ec2/state/region.h"

namespace localcloud {
namespace {

class DeafObserver : public MachineObserver {
  void OnTcpClosed(Clock::time_point) override {}
  void OnTcpOpen(Clock::time_point) override {}
  void OnSshReady(Clock::time_point) override {}
  void OnLogin(Clock::time_point) override {}
  void OnCommand(Clock::time_point) override {}
  void OnSession(const Session&) override {}
  void OnGuestShutdown() override {}
  void OnConsole(const std::string&) override {}
};

}  // namespace

PreviousTenant::PreviousTenant(const Region& region, const std::string& directory, BootPlan plan)
    : observer_(std::make_unique<DeafObserver>()) {
  MachineIdentity identity;
  identity.instance_id = region.NewId("i");
  identity.hostname = "ip-of-another-instance";
  identity.login_user = "ec2-user";
  identity.root = directory;
  machine_ = region.machines->Create(identity, observer_.get());
  plan.kernel_after = plan.initrd_after = plan.userspace_after = {};
  plan.closed_after = plan.open_after = plan.ready_after = {};
  plan.user_data.clear();
  machine_->PowerOn(plan);
}

PreviousTenant::~PreviousTenant() = default;

}  // namespace localcloud
