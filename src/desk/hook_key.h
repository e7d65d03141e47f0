// The secrets under which what is sent to a hook is signed. None is kept: each is made of a key, which lies in a file of the data folder,
// and of a salt, which stands with the hook in the store. So neither a copy of the store alone nor of the folder alone can sign.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/disk.h"

namespace lw::desk {

class HookKey {
 public:
  // Makes the file, for its owner alone, where there is none. Refuses one that is damaged.
  static Result<HookKey> open(const std::string& path, const store::Disk& disk = store::Disk());

  // What the store keeps of a new secret: which key, and a salt.
  std::string make() const;
  // The 32 bytes of that secret. Fails where it was made under another key.
  Result<std::string> secret(std::string_view kept) const;

 private:
  explicit HookKey(std::string key);
  std::string key_, id_;
};

// As it is shown to people: "whsec_" and base64.
std::string shown_secret(std::string_view secret);

}  // namespace lw::desk
