// Passwords of people: argon2id, a salt for each. To hash or to verify takes some hundred milliseconds and 64 MiB: never inside a
// transaction, and two at a time; others wait.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::desk {

// Refuses one that is too short or too long, or that is the name and little else. What is right stands in the message.
Status check_password(std::string_view password, std::string_view name);

// The hash with its salt and its parameters, as text. Fails for want of memory alone.
Result<std::string> hash_password(std::string_view password);

// Whether it is the password of that hash. An empty hash is nobody's: the answer is no, and takes as long.
bool verify_password(const std::string& hash, std::string_view password);

// Whether the hash was made with other parameters than those of today.
bool is_outdated(const std::string& hash);

// To be told once to whoever it is for: 100 random bits as five groups of four letters and digits that are not mistaken for one another.
std::string make_one_time_password();

}  // namespace lw::desk
