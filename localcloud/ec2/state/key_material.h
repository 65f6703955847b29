// Public and private key material of key pairs.
#pragma once

#include <string>

namespace localcloud {

struct PublicKey {
  std::string type;         // "ed25519", "rsa"
  std::string line;         // "ssh-ed25519 AAAA... comment", without a line break
  std::string fingerprint;  // as EC2 shows it: base64 SHA-256 for Ed25519, MD5 pairs for RSA
};

// Reads an OpenSSH public key line. Throws ApiError(InvalidKey.Format).
PublicKey ReadPublicKey(const std::string& line);

struct NewKey {
  PublicKey public_key;
  std::string
      private_pem;  // PKCS#8 for RSA, OpenSSH's own format for Ed25519, both of which ssh -i reads
};

// `type`: "ed25519" or "rsa" (2048 bits). `comment` ends the public line.
NewKey MakeKey(const std::string& type, const std::string& comment);

std::string EncodeBase64(const std::string& bytes);
// Throws ApiError(InvalidParameterValue), with `what` in the message, where it is none.
std::string DecodeBase64(const std::string& text, const std::string& what);

}  // namespace localcloud
