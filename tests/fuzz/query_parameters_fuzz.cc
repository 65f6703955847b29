// Feeds arbitrary bytes to the reader of Query protocol calls: taken, or refused with one of EC2's
// codes. What is taken reads the same from its structures as from the whole. Run by scripts/fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "localcloud/http/api_error.h"
#include "localcloud/http/query_parameters.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

template <typename Read>
void MayRefuse(Read read) {
  try {
    read();
  } catch (const localcloud::ApiError& error) {
    Require(!error.code().empty() && error.http_status() >= 400 && error.http_status() < 500);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view form(reinterpret_cast<const char*>(data), size);
  MayRefuse([&] {
    const auto parameters = localcloud::QueryParameters::Parse(form);
    for (const auto& parameter : parameters.values()) {
      const std::string& name = parameter.first;
      Require(parameters.Get(name) == parameter.second);
      MayRefuse([&] { parameters.Require(name); });
      MayRefuse([&] { parameters.GetInt(name); });
      MayRefuse([&] { parameters.GetBool(name, false); });
    }
    MayRefuse([&] { parameters.GetList("InstanceId"); });
    MayRefuse([&] {
      for (const auto& filter : parameters.GetStructures("Filter")) {
        filter.Get("Name");
        filter.GetList("Value");
        for (const auto& inner : filter.GetStructures("Tag")) inner.GetStructure("Key");
      }
    });
    const auto placement = parameters.GetStructure("Placement");
    Require(placement.Get("Tenancy") == parameters.Get("Placement.Tenancy"));
  });
  return 0;
}
