// The keys behind names (docs/decisions/0008): a ring of keys that give names, of which new people get the newest, and a pair whose
// public half seals who they are. The service runs with those; only the unsealing key, which may lie elsewhere, opens what is sealed.
//
//   FOLDER/naming.json     {"keys": [{"id": "n1", "key": base64, "from": RFC 3339}, …]}   the oldest first
//   FOLDER/sealing.json    {"id": "s1", "public": base64}
//   FOLDER/unsealing.json  {"id": "s1", "secret": base64}   to be taken away from here and kept apart
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/disk.h"

namespace lw::desk {

struct NamingKey {
  std::string id, key;    // 32 bytes
  std::int64_t from = 0;  // milliseconds
};

struct NameKeys {
  std::vector<NamingKey> ring;         // never empty
  std::string sealing_id, sealing;     // the public half

  NameKeys() = default;
  NameKeys(NameKeys&&) noexcept = default;
  NameKeys& operator=(NameKeys&&) noexcept = default;
  ~NameKeys();  // leaves nothing in memory
};

// Makes the folder, for its owner alone, and all keys where there are none.
Result<NameKeys> open_name_keys(const std::string& folder, const store::Disk& disk, Time now);
Status write_ring(const std::string& folder, const store::Disk& disk, const std::vector<NamingKey>& ring);
NamingKey make_naming_key(const std::vector<NamingKey>& ring, Time now);

// Seals originals that come together: under a key of their own, which is sealed in turn and then forgotten.
class Sealer {
 public:
  explicit Sealer(const NameKeys& keys);
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;
  ~Sealer();
  // "s1:" and base64. A name at most once with each original.
  std::string seal(std::string_view name, std::string_view original) const;

 private:
  std::string id_, key_, sealed_key_;
};

// The original of a name, with the unsealing key of that file. Fails if it is not there, is another, or what was sealed is damaged
// or of another name.
Result<std::string> unseal(const std::string& key_file, const store::Disk& disk, std::string_view name, std::string_view sealed);

}  // namespace lw::desk
