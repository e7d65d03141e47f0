// SHA-256, and bytes as text. Beside every hash that is stored stands the name of its algorithm, so that another may follow
// without a new format: "sha256:…" in a commitment, the tree's kind in a bundle, the signature type in a key.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace lw::ledger {

using Hash = std::array<unsigned char, 32>;

Hash sha256(std::initializer_list<std::string_view> parts);  // of the parts, one behind the other

inline std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }
std::optional<Hash> hash_of(std::string_view bytes);  // empty unless there are 32

std::string to_base64(std::string_view bytes);  // RFC 4648, section 4
// Empty if malformed. A text that means the same bytes, but is not how to_base64 writes them, is malformed too.
std::optional<std::string> from_base64(std::string_view text);
std::optional<Hash> hash_from_base64(std::string_view text);

}  // namespace lw::ledger
