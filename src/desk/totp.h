// Codes of an authenticator (RFC 6238): HMAC-SHA-1, six digits, a new one every 30 seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace lw::desk {

// 160 random bits in base32, as people type them into an authenticator that cannot read the picture.
std::string make_totp_secret();

// What the picture holds: otpauth://totp/Livewarden:NAME?secret=…&issuer=Livewarden&algorithm=SHA1&digits=6&period=30
std::string totp_uri(std::string_view secret, std::string_view name);

// The six digits of a step of 30 seconds since 1970; "" if the secret is none.
std::string totp_code(std::string_view secret, std::uint64_t step);

// The step that `code` is of, if it is of this one, of the one before or of the next, and later than `used`: each serves once.
std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code, Time now, std::int64_t used);

}  // namespace lw::desk
