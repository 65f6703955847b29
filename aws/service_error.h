// What a service's error document says, whatever its protocol.
#pragma once

#include <string>

namespace aws {

struct ServiceError {
  std::string code;  // never empty
  std::string message;
  std::string request_id;  // empty where the document names none
};

}  // namespace aws
