// The image of a local cloud's virtual machines.
#pragma once

#include <stop_token>
#include <string>

namespace suites {

// Lets localcloud build the image `name`, if it is not there yet; it prints its progress on
// standard error. This takes as long as it takes, and needs the network of the host. If `stop` is
// triggered, ends it, and waits until it has removed what it made. Throws std::runtime_error if
// there is no such image then; its text is empty if localcloud has printed why.
void PrepareGuestImage(const std::string& name, const std::stop_token& stop);

}  // namespace suites
