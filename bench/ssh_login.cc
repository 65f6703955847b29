// A connection to an SSH server in this process (libssh): handshake and login, beside the
// cryptography of both sides alone.
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>

#include "aws/unique_fd.h"
#include "bench/measure.h"
#include "fixtures/ssh/ssh_connection.h"
#include "fixtures/ssh/ssh_key.h"
#include "tests/support/scripted_ssh_server.h"
#include "tests/support/test_port.h"

namespace bench {
namespace {

using fixtures::SshConnection;

// Drives the operation that has begun to its end.
void Finish(SshConnection& connection) {
  SshConnection::Progress progress = connection.Advance();
  while (progress == SshConnection::Progress::kWaiting) {
    short events = POLLIN;
    if ((connection.wanted_events() & EPOLLOUT) != 0) events |= POLLOUT;
    pollfd state{connection.fd(), events, 0};
    ::poll(&state, 1, -1);
    progress = connection.Advance();
  }
  if (progress != SshConnection::Progress::kDone)
    throw std::runtime_error("no SSH login: " + connection.error());
}

void SshLogin(benchmark::State& state) {
  test_support::TestPort port;
  port.Open();
  const test_support::ScriptedSshServer server(port.listener(), {});
  const std::shared_ptr<const fixtures::SshKey> key = fixtures::SshKey::Generate();
  Measure(state, [&] {
    aws::UniqueFd socket = test_support::ConnectTo(port.port());
    if (fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) throw std::runtime_error("fcntl failed");
    SshConnection connection(std::move(socket));
    connection.BeginHandshake();
    Finish(connection);
    connection.BeginLogin("ec2-user", key);
    Finish(connection);
  });
}
BENCHMARK(SshLogin)->Name("Ssh/Login")->UseRealTime()->Unit(benchmark::kMicrosecond);

struct PkeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, PkeyFree>;

void Require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL failed");
}

Owned<EVP_PKEY> NewKey(const char* type) {
  Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
  Require(key != nullptr);
  return key;
}

void Derive(EVP_PKEY* ours, EVP_PKEY* theirs) {
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(ours, nullptr));
  std::array<unsigned char, 32> secret{};
  std::size_t size = secret.size();
  Require(context && EVP_PKEY_derive_init(context.get()) == 1 &&
          EVP_PKEY_derive_set_peer(context.get(), theirs) == 1 &&
          EVP_PKEY_derive(context.get(), secret.data(), &size) == 1);
}

// Signs a text of the length of what SSH signs, and verifies the signature.
void SignAndVerify(EVP_PKEY* key) {
  const std::array<unsigned char, 192> text{};
  std::array<unsigned char, 64> signature{};
  std::size_t size = signature.size();
  const Owned<EVP_MD_CTX> signing(EVP_MD_CTX_new());
  const Owned<EVP_MD_CTX> verifying(EVP_MD_CTX_new());
  Require(signing && EVP_DigestSignInit(signing.get(), nullptr, nullptr, nullptr, key) == 1 &&
          EVP_DigestSign(signing.get(), signature.data(), &size, text.data(), text.size()) == 1);
  Require(verifying && EVP_DigestVerifyInit(verifying.get(), nullptr, nullptr, nullptr, key) == 1 &&
          EVP_DigestVerify(verifying.get(), signature.data(), size, text.data(), text.size()) == 1);
}

// curve25519-sha256 with ssh-ed25519 on both sides: each makes a key and derives the secret, the
// server signs with its host key, the client with the user's. The other side verifies.
void SshLoginFloor(benchmark::State& state) {
  const Owned<EVP_PKEY> host_key = NewKey("ED25519");
  const Owned<EVP_PKEY> user_key = NewKey("ED25519");
  Measure(state, [&] {
    const Owned<EVP_PKEY> client = NewKey("X25519");
    const Owned<EVP_PKEY> server = NewKey("X25519");
    Derive(client.get(), server.get());
    Derive(server.get(), client.get());
    SignAndVerify(host_key.get());
    SignAndVerify(user_key.get());
  });
}
BENCHMARK(SshLoginFloor)->Name("Ssh/Floor")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bench
