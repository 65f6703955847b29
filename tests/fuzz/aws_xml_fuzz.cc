// Feeds arbitrary bytes to what reads EC2's answers: a document is taken or refused with an
// aws::Error, and nothing crashes. Run by scripts/fuzz.
#include <cstddef>
#include <cstdint>
#include <pugixml.hpp>
#include <string>

#include "aws/ec2_wire.h"
#include "aws/error.h"
#include "aws/query_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  aws::ParseXmlError(text);
  try {
    const aws::ec2_wire::Answer answer("DescribeInstances", text);
    for (const pugi::xml_node& set : answer.root().children()) {
      aws::ec2_wire::Tags(set);
      for (const pugi::xml_node& item : set.children("item")) {
        aws::ec2_wire::Text(item, "instanceId");
        aws::ec2_wire::Flag(item, "isDefault");
        aws::ec2_wire::Tags(item);
      }
    }
    answer.Require("requestId");
  } catch (const aws::Error&) {
  }
  return 0;
}
