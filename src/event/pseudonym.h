// Which fields tell of a person, and names in the place of their ids: keyed hashes (BLAKE2b, libsodium). The same id gives the
// same name, and none can be led back without the key.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::event {

// A field of `data` that names a person or leads to one. Whoever may have an account is one kind, viewer, host, operator, seller
// or agency alike: rules join them, and the same person must be the same name wherever it is.
struct Personal {
  std::string_view field;
  std::string_view kind;   // that its names are hashed with; empty: tells of a person, stays as it is (birth_date, text)
  bool original = false;   // an id that somebody may have to know again with cause; else a hash, or one that nobody may
};
std::span<const Personal> personal_fields();

// "p_" and 26 letters: `id` of that kind under a key of 16 to 64 bytes.
std::string keyed_name(std::string_view key, std::string_view kind, std::string_view id);

// The line with the ids of people, of those they trade through, of their devices and addresses replaced in `data`, and in
// texts of the form {kind}/{id} there and in `subject`; `to` holds it, with padding after it. Empty where it cannot be read whole, as
// with a number beyond all doubles, which a decoder passes over: who is in it would stay named, so nobody may take it for an event.
using Naming = std::function<std::string(const Personal& field, std::string_view id)>;
std::string_view hide(std::string_view line, const Naming& name, std::string& to);

inline constexpr std::string_view kNotHidden = "the ids of people in it cannot be replaced: it holds a number beyond all doubles, or a text that is no Unicode";

// Names under one key that never changes: of a run.
class Pseudonyms {
 public:
  // The file's bytes, 16 to 64, without an end of line.
  static Result<Pseudonyms> from_key_file(const std::string& path);
  ~Pseudonyms();
  Pseudonyms(Pseudonyms&&) noexcept = default;
  Pseudonyms& operator=(Pseudonyms&&) noexcept = default;

  std::string_view hide(std::string_view line, std::string& to) const;

 private:
  explicit Pseudonyms(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace lw::event
