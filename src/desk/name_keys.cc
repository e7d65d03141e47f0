#include "desk/name_keys.h"

#include <sodium.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "desk/fields.h"
#include "desk/records.h"
#include "desk/secrets.h"

namespace lw::desk {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSealedKeyBytes = crypto_box_SEALBYTES + crypto_secretbox_KEYBYTES;

unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string path_of(const std::string& folder, const char* name) { return (std::filesystem::path(folder) / name).string(); }

Result<Json> read_json(const std::string& path, const store::Disk& disk) {
  auto text = disk.read(path);
  if (!text) return tl::make_unexpected(text.error());
  Json json = parsed(*text);
  sodium_memzero(text->data(), text->size());
  if (!json.is_object()) return fail("{}: is damaged: a JSON object is expected; put it back from where it was kept", path);
  return json;
}

Result<std::string> key_of(const Json& json, std::string_view field, const std::string& path) {
  std::string bytes;
  if (from_base64(text_of(json, field), bytes) && bytes.size() == kKeyBytes) return bytes;
  return fail("{}: `{}` is damaged: 32 bytes in base64 are expected; put the file back from where it was kept", path, field);
}

Status write_json(const std::string& path, const store::Disk& disk, const Json& json) { return disk.write(path, json.dump(2) + "\n"); }

// A nonce that need not be stored: the key is of one batch, and a name is in it once.
std::array<unsigned char, crypto_secretbox_NONCEBYTES> nonce_of(std::string_view name) {
  std::array<unsigned char, crypto_secretbox_NONCEBYTES> nonce;
  crypto_generichash(nonce.data(), nonce.size(), raw(name), name.size(), nullptr, 0);
  return nonce;
}

// The secret half is written first, and the public one made of it: a beginning that was cut short is gone on with.
Status make_pair(const std::string& folder, const store::Disk& disk) {
  const std::string path = path_of(folder, "unsealing.json");
  if (!disk.exists(path)) {
    std::string secret(crypto_box_SECRETKEYBYTES, '\0');
    randombytes_buf(secret.data(), secret.size());
    if (Status written = write_json(path, disk, {{"id", "s1"}, {"secret", to_base64(secret)}}); !written) return written;
  }
  const auto json = read_json(path, disk);
  if (!json) return tl::make_unexpected(json.error());
  const auto secret = key_of(*json, "secret", path);
  if (!secret) return tl::make_unexpected(secret.error());
  std::string open(crypto_box_PUBLICKEYBYTES, '\0');
  crypto_scalarmult_base(raw(open), raw(*secret));
  return write_json(path_of(folder, "sealing.json"), disk, {{"id", text_of(*json, "id")}, {"public", to_base64(open)}});
}

Result<std::vector<NamingKey>> read_ring(const std::string& path, const store::Disk& disk) {
  const auto json = read_json(path, disk);
  if (!json) return tl::make_unexpected(json.error());
  std::vector<NamingKey> ring;
  for (const Json& item : part_of(*json, "keys")) {
    auto key = key_of(item, "key", path);
    if (!key) return tl::make_unexpected(key.error());
    const auto from = parse_rfc3339(text_of(item, "from"));
    const std::string id = text_of(item, "id");
    if (!from || id.empty() || (!ring.empty() && millis(*from) < ring.back().from)) return fail("{}: each key has an id and a time `from`, the oldest first", path);
    ring.push_back({id, std::move(*key), millis(*from)});
  }
  if (ring.empty()) return fail("{}: holds no key; put the file back from where it was kept: without its keys nobody is known again", path);
  return ring;
}

}  // namespace

NameKeys::~NameKeys() {
  for (NamingKey& key : ring) sodium_memzero(key.key.data(), key.key.size());
}

NamingKey make_naming_key(const std::vector<NamingKey>& ring, Time now) {
  std::size_t number = 0;
  for (const NamingKey& key : ring) number = std::max<std::size_t>(number, std::strtoul(key.id.c_str() + 1, nullptr, 10));
  NamingKey made{"n" + std::to_string(number + 1), std::string(kKeyBytes, '\0'), millis(now)};
  randombytes_buf(made.key.data(), made.key.size());
  return made;
}

Status write_ring(const std::string& folder, const store::Disk& disk, const std::vector<NamingKey>& ring) {
  Json keys = Json::array();
  for (const NamingKey& key : ring) keys.push_back({{"id", key.id}, {"key", to_base64(key.key)}, {"from", shown_time(key.from)}});
  return write_json(path_of(folder, "naming.json"), disk, {{"keys", std::move(keys)}});
}

Result<NameKeys> open_name_keys(const std::string& folder, const store::Disk& disk, Time now) {
  if (sodium_init() < 0) return fail("the cryptographic library cannot be used");
  if (Status made = disk.make_folder(folder); !made) return tl::make_unexpected(made.error());
  std::error_code trouble;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, trouble);
  if (trouble) return fail("{}: cannot be kept for its owner alone: {}", folder, trouble.message());
  const std::string naming = path_of(folder, "naming.json"), sealing = path_of(folder, "sealing.json");
  if (!disk.exists(naming)) {
    if (Status written = write_ring(folder, disk, {make_naming_key({}, now)}); !written) return tl::make_unexpected(written.error());
  }
  if (!disk.exists(sealing)) {
    if (Status made = make_pair(folder, disk); !made) return tl::make_unexpected(made.error());
  }
  NameKeys keys;
  auto ring = read_ring(naming, disk);
  if (!ring) return tl::make_unexpected(ring.error());
  keys.ring = std::move(*ring);
  const auto json = read_json(sealing, disk);
  if (!json) return tl::make_unexpected(json.error());
  auto key = key_of(*json, "public", sealing);
  if (!key) return tl::make_unexpected(key.error());
  keys.sealing_id = text_of(*json, "id");
  keys.sealing = std::move(*key);
  return keys;
}

Sealer::Sealer(const NameKeys& keys) : id_(keys.sealing_id), key_(crypto_secretbox_KEYBYTES, '\0'), sealed_key_(kSealedKeyBytes, '\0') {
  crypto_secretbox_keygen(raw(key_));
  crypto_box_seal(raw(sealed_key_), raw(key_), key_.size(), raw(keys.sealing));
}
Sealer::~Sealer() { sodium_memzero(key_.data(), key_.size()); }

std::string Sealer::seal(std::string_view name, std::string_view original) const {
  std::string box(original.size() + crypto_secretbox_MACBYTES, '\0');
  crypto_secretbox_easy(raw(box), raw(original), original.size(), nonce_of(name).data(), raw(std::string_view(key_)));
  return id_ + ":" + to_base64(sealed_key_ + box);
}

Result<std::string> unseal(const std::string& key_file, const store::Disk& disk, std::string_view name, std::string_view sealed) {
  if (!disk.exists(key_file)) return fail("the unsealing key is not in place; whoever keeps it puts it there for as long as it is needed");
  const auto json = read_json(key_file, disk);
  if (!json) return tl::make_unexpected(json.error());
  auto secret = key_of(*json, "secret", key_file);
  if (!secret) return tl::make_unexpected(secret.error());
  const std::size_t colon = sealed.find(':');
  const std::string id = text_of(*json, "id");
  if (sealed.substr(0, colon) != id) return fail("this was sealed under the key {}; in place is {}", sealed.substr(0, colon), id);
  std::string bytes;
  const bool whole = from_base64(sealed.substr(colon + 1), bytes) && bytes.size() >= kSealedKeyBytes + crypto_secretbox_MACBYTES;
  std::array<unsigned char, crypto_box_PUBLICKEYBYTES> open;
  crypto_scalarmult_base(open.data(), raw(*secret));
  std::array<unsigned char, crypto_secretbox_KEYBYTES> key;
  bool opened = whole && crypto_box_seal_open(key.data(), raw(bytes), kSealedKeyBytes, open.data(), raw(*secret)) == 0;
  std::string out;
  if (opened) {
    out.resize(bytes.size() - kSealedKeyBytes - crypto_secretbox_MACBYTES);
    opened = crypto_secretbox_open_easy(raw(out), raw(bytes) + kSealedKeyBytes, bytes.size() - kSealedKeyBytes, nonce_of(name).data(), key.data()) == 0;
  }
  sodium_memzero(secret->data(), secret->size());
  sodium_memzero(key.data(), key.size());
  if (!opened) return fail("what is sealed for {} is damaged, or was sealed under another key", name);
  return out;
}

}  // namespace lw::desk
