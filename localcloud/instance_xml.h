// An instance as RunInstances and DescribeInstances write it.
#pragma once

#include <memory>
#include <vector>

#include "localcloud/instance.h"
#include "localcloud/region.h"
#include "localcloud/xml_writer.h"

namespace localcloud {

// reservationId, ownerId, groupSet and instancesSet of one reservation. `instances` is not empty.
void WriteReservation(const Region& region, const std::vector<std::shared_ptr<Instance>>& instances,
                      XmlWriter* xml);
// <name><code>16</code><name>running</name></name>
void WriteInstanceState(std::string_view name, InstanceState state, XmlWriter* xml);

}  // namespace localcloud
