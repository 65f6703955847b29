// The content of a service's error document, the same for all protocols.
#pragma once

#include <string>

namespace aws {

struct ServiceError {
  std::string code;  // never empty
  std::string message;
  std::string request_id;  // empty if the document names none
};

}  // namespace aws
