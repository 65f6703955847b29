// Who may connect to a machine.
#pragma once

#include <cstdint>
#include <string>

namespace localcloud {

// Admits the TCP connections from `cidr` ("10.0.0.1/32") to the ports from `first_port` to
// `last_port`. What no rule admits is dropped without an answer.
struct IngressRule {
  std::string cidr;
  std::uint16_t first_port = 0;
  std::uint16_t last_port = 65535;
  bool operator==(const IngressRule&) const = default;
};

}  // namespace localcloud
