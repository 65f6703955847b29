// Key pairs.
#include <fmt/format.h>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/state/key_material.h"
#include "localcloud/http/dates.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

std::string RequireNewName(Call& call) {
  std::string name = call.parameters.Require("KeyName");
  if (name.size() > 255) {
    throw ApiError("InvalidParameterValue", "A key pair's name has at most 255 characters");
  }
  if (call.region.KeyPairByName(name) != nullptr) {
    throw ApiError("InvalidKeyPair.Duplicate",
                   fmt::format("The keypair '{}' already exists.", name));
  }
  return name;
}

std::shared_ptr<KeyPair> AddKeyPair(Call& call, const std::string& name, const PublicKey& key) {
  auto pair = std::make_shared<KeyPair>();
  pair->tags = ReadTagSpecifications(call.parameters, "key-pair", {"key-pair"});
  pair->id = call.region.NewId("key");
  pair->ordinal = call.region.NextOrdinal();
  pair->name = name;
  pair->type = key.type;
  pair->public_line = key.line;
  pair->fingerprint = key.fingerprint;
  pair->create_time = FormatTime(std::chrono::system_clock::now());
  call.region.Settle(pair.get());
  call.region.key_pairs.emplace(pair->id, pair);
  return pair;
}

void WriteKeyPair(const KeyPair& pair, XmlWriter* xml) {
  xml->Text("keyPairId", pair.id);
  xml->Text("keyName", pair.name);
  xml->Text("keyFingerprint", pair.fingerprint);
}

void ImportKeyPair(Call& call) {
  const std::string name = RequireNewName(call);
  const std::string material =
      DecodeBase64(call.parameters.Require("PublicKeyMaterial"), "PublicKeyMaterial");
  const auto pair = AddKeyPair(call, name, ReadPublicKey(material));
  WriteKeyPair(*pair, &call.xml);
  WriteTags(pair->tags, &call.xml);
}

void CreateKeyPair(Call& call) {
  const std::string name = RequireNewName(call);
  std::string type = call.parameters.Get("KeyType");
  if (type.empty()) type = "rsa";
  if (type != "rsa" && type != "ed25519") {
    throw ApiError("InvalidParameterValue", fmt::format("Invalid value '{}' for keyType", type));
  }
  const std::string format = call.parameters.Get("KeyFormat");
  if (!format.empty() && format != "pem") {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Invalid value '{}' for keyFormat", format));
  }
  const NewKey key = MakeKey(type, name);
  const auto pair = AddKeyPair(call, name, key.public_key);
  WriteKeyPair(*pair, &call.xml);
  call.xml.Text("keyMaterial", key.private_pem);
  WriteTags(pair->tags, &call.xml);
}

void DescribeKeyPairs(Call& call) {
  static const FilterTable<KeyPair> kFilters = {
      {"key-pair-id", [](const KeyPair& p) { return Values{p.id}; }},
      {"key-name", [](const KeyPair& p) { return Values{p.name}; }},
      {"fingerprint", [](const KeyPair& p) { return Values{p.fingerprint}; }},
  };
  ResourceMap<KeyPair> chosen;
  const Values names = call.parameters.GetList("KeyName");
  const Values ids = call.parameters.GetList("KeyPairId");
  for (const std::string& name : names) {
    const KeyPair* pair = call.region.VisibleKeyPair(name);
    if (pair == nullptr) {
      throw ApiError("InvalidKeyPair.NotFound",
                     fmt::format("The key pair '{}' does not exist", name));
    }
    chosen.insert(*call.region.key_pairs.find(pair->id));
  }
  for (const std::string& id : ids) {
    const auto found = call.region.key_pairs.find(id);
    if (found == call.region.key_pairs.end() || !found->second->is_visible()) {
      throw ApiError("InvalidKeyPair.NotFound",
                     fmt::format("The key pair '{}' does not exist", id));
    }
    chosen.insert(*found);
  }
  if (names.empty() && ids.empty()) chosen = call.region.key_pairs;
  const bool with_key = call.parameters.GetBool("IncludePublicKey", false);
  call.xml.Items("keySet", Select(chosen, ReadFilters(call.parameters), kFilters),
                 [&](const auto& pair) {
                   WriteKeyPair(*pair, &call.xml);
                   call.xml.Text("keyType", pair->type);
                   call.xml.Text("createTime", pair->create_time);
                   if (with_key) call.xml.Text("publicKey", pair->public_line);
                   WriteTags(pair->tags, &call.xml);
                 });
}

void DeleteKeyPair(Call& call) {
  const std::string id = call.parameters.Get("KeyPairId");
  const std::string name = id.empty() ? call.parameters.Require("KeyName") : "";
  // Deleting a key pair that does not exist succeeds, as on EC2.
  std::string deleted;
  std::erase_if(call.region.key_pairs, [&](const auto& entry) {
    const bool meant = id.empty() ? entry.second->name == name : entry.first == id;
    if (meant) deleted = entry.first;
    return meant;
  });
  call.xml.Bool("return", true);
  call.xml.OptionalText("keyPairId", deleted);
}

}  // namespace

void AddKeyPairActions(ActionTable* table) {
  (*table)["ImportKeyPair"] = {ImportKeyPair, {"KeyName", "PublicKeyMaterial", "TagSpecification"}};
  (*table)["CreateKeyPair"] = {CreateKeyPair,
                               {"KeyName", "KeyType", "KeyFormat", "TagSpecification"}};
  (*table)["DescribeKeyPairs"] = {DescribeKeyPairs,
                                  {"KeyName", "KeyPairId", "Filter", "IncludePublicKey"}};
  (*table)["DeleteKeyPair"] = {DeleteKeyPair, {"KeyName", "KeyPairId"}};
}

}  // namespace localcloud
