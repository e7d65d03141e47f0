// Personal ids replaced by keyed hashes (BLAKE2b, libsodium): the same id gives the same name, and none can be led back
// without the key.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::runtime {

class Pseudonyms {
 public:
  // The file's bytes, 16 to 64, without an end of line.
  static Result<Pseudonyms> from_key_file(const std::string& path);
  ~Pseudonyms();
  Pseudonyms(Pseudonyms&&) noexcept = default;
  Pseudonyms& operator=(Pseudonyms&&) noexcept = default;

  // The line with the ids of people, of those they trade through, of their devices and addresses replaced in `data`, and in
  // texts of the form {kind}/{id} there and in `subject`; `to` holds it, with padding after it. What is no JSON object is given back as it is: it is no event either.
  std::string_view hide(std::string_view line, std::string& to) const;
  std::string name_of(std::string_view kind, std::string_view id) const;  // "p_" and 26 letters

 private:
  explicit Pseudonyms(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace lw::runtime
