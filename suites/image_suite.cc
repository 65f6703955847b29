// Images: how their contents change the boot time.
#include <memory>

#include "fixtures/machines/image_bake.h"
#include "fixtures/techniques/custom_init.h"
#include "fixtures/techniques/minimal_ami.h"
#include "fixtures/techniques/rebaked_ami.h"
#include "suites/harness/registration.h"
#include "suites/report/message.h"
#include "suites/suites.h"

namespace suites {

void RegisterImageSuite(std::vector<fixtures::LaunchFixture*>* registered) {
  const auto bakery = std::make_shared<fixtures::ImageBakery>(Say);
  Register<fixtures::MinimalAmiLaunch>(registered, "MinimalAmi", bakery);
  Register<fixtures::RebakedAmiLaunch>(registered, "RebakedAmi", bakery);
  Register<fixtures::CustomInitLaunch>(registered, "CustomInit", bakery);
}

}  // namespace suites
