// The exception for input of the user that cannot be used.
#pragma once

#include <stdexcept>

namespace launch_compare {

// what() is one line: the file or flag, what is wrong with it, and where. The program prints it and
// exits with 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace launch_compare
