// Public and private key material of key pairs.
#pragma once

#include <string>

namespace localcloud {

struct PublicKey {
  std::string type;         // "ed25519", "rsa"
  std::string line;         // "ssh-ed25519 AAAA... comment", without a line break
  std::string fingerprint;  // as EC2 shows it: base64 SHA-256 for Ed25519, MD5 pairs for RSA
};

// Reads a line in OpenSSH's public key format. Throws ApiError(InvalidKey.Format).
PublicKey ReadPublicKey(const std::string& line);

struct NewKey {
  PublicKey public_key;
  // PKCS#8 for RSA, OpenSSH's own format for Ed25519; ssh -i reads both.
  std::string private_pem;
};

// `type` is "ed25519" or "rsa" (2048 bits). `comment` is appended to the public key line.
NewKey MakeKey(const std::string& type, const std::string& comment);

std::string EncodeBase64(const std::string& bytes);
// Throws ApiError(InvalidParameterValue), with `what` in the message, if `text` is not valid
// Base64.
std::string DecodeBase64(const std::string& text, const std::string& what);

}  // namespace localcloud
