// Secrets that the service makes, and what it keeps of them: their hash alone. They hold 256 random bits, so that a plain hash
// is enough; what people think up is for passwords.h.
#pragma once

#include <string>
#include <string_view>

namespace lw::desk {

// 43 letters of base64url: 256 random bits.
std::string make_secret();
// What is kept of it: "sha256:" and base64.
std::string digest_of(std::string_view secret);
// In a time that does not tell where they differ.
bool same_secret(std::string_view a, std::string_view b);

std::string to_base64(std::string_view bytes);                 // of the usual letters, padded
bool from_base64(std::string_view text, std::string& bytes);   // false if it is none

}  // namespace lw::desk
