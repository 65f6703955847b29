// The least privilege that the operations of this client need.
#pragma once

#include <string>

namespace aws {

// An IAM policy document (JSON, indented). What the tool creates it may create only with the tag
// launch-bench:run, and what it changes or removes must carry that tag; reading is not limited,
// since EC2's describe operations know no resources. An instance profile given by the user needs
// iam:PassRole, which is limited to EC2.
std::string IamPolicy();

}  // namespace aws
