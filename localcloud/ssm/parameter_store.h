// A small SSM: the public parameters that name Amazon's images.
#pragma once

#include <string>
#include <vector>

#include "localcloud/http/json_service.h"

namespace localcloud {

class ParameterStore : public JsonService {
 public:
  ParameterStore();

  static std::vector<std::string> OperationNames();
};

}  // namespace localcloud
