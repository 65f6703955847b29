// The key pair that each launch makes, beside OpenSSL's key generation alone.
#include <openssl/evp.h>

#include <stdexcept>

#include "bench/measure.h"
#include "fixtures/ssh/ssh_key.h"

namespace bench {
namespace {

void GenerateKey(benchmark::State& state) {
  Measure(state, [] { fixtures::SshKey::Generate(); });
}
BENCHMARK(GenerateKey)->Name("Key/Generate")->Unit(benchmark::kMicrosecond);

void GenerateKeyFloor(benchmark::State& state) {
  Measure(state, [] {
    EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    if (key == nullptr) throw std::runtime_error("OpenSSL makes no key");
    EVP_PKEY_free(key);
  });
}
BENCHMARK(GenerateKeyFloor)->Name("Key/Floor")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bench
