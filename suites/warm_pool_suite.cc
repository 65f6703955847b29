// Machines that already run: how long it takes until a requester has one.
#include "fixtures/techniques/warm_pool_instance_connect.h"
#include "fixtures/techniques/warm_pool_ssh.h"
#include "fixtures/techniques/warm_pool_tag_claim.h"
#include "suites/harness/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterWarmPoolSuite(std::vector<fixtures::LaunchFixture*>* registered) {
  Register<fixtures::WarmPoolSsh>(registered, "WarmPool/Ssh");
  Register<fixtures::WarmPoolInstanceConnect>(registered, "WarmPool/InstanceConnect");
  Register<fixtures::WarmPoolTagClaim>(registered, "WarmPool/TagClaim");
}

}  // namespace suites
