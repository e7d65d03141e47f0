#include "desk/passwords.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <semaphore>

namespace lw::desk {
namespace {

// More than the least that is advised today (19 MiB, twice), within what a login may cost on a small machine.
constexpr unsigned long long kPasses = 3;
constexpr std::size_t kMemoryBytes = 64 << 20;

constexpr std::size_t kLeastLetters = 12;
constexpr std::size_t kMostBytes = 256;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Who comes third waits: many at once would take all memory and all processors.
class Turn {
 public:
  Turn() { turns().acquire(); }
  ~Turn() { turns().release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  static std::counting_semaphore<2>& turns() {
    static std::counting_semaphore<2> two(2);
    return two;
  }
};

// Code points of UTF-8: bytes that go on are none.
std::size_t letters_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// What the hash of an unknown person's password is compared with, so that the answer takes as long.
const std::string& nobody() {
  static const std::string hash = hash_password("nobody has this password").value_or("");
  return hash;
}

}  // namespace

Status check_password(std::string_view password, std::string_view name) {
  if (password.size() > kMostBytes) return fail("the password has {} bytes; at most {} are taken", password.size(), kMostBytes);
  std::string rest = lower(password);
  const std::string forbidden = lower(name);
  for (std::size_t at; !forbidden.empty() && (at = rest.find(forbidden)) != std::string::npos;) rest.erase(at, forbidden.size());
  if (letters_of(rest) < kLeastLetters) return fail("the password is too short: at least {} characters, the own name not counted", kLeastLetters);
  if (rest.find_first_not_of(rest.front()) == std::string::npos) return fail("the password is one character again and again; several different ones are needed");
  return {};
}

Result<std::string> hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (sodium_init() < 0) return fail("the cryptographic library cannot be used");  // it chooses what this processor is quickest with, once
  const Turn turn;
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), kPasses, kMemoryBytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail("there is no memory to hash a password: {} MiB are needed", kMemoryBytes >> 20);
  }
  return std::string(out.data());
}

bool verify_password(const std::string& hash, std::string_view password) {
  const std::string& against = hash.empty() ? nobody() : hash;
  const Turn turn;
  const bool same = password.size() <= kMostBytes && crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0;
  return same && !hash.empty();
}

bool is_outdated(const std::string& hash) { return crypto_pwhash_str_needs_rehash(hash.c_str(), kPasses, kMemoryBytes) != 0; }

std::string make_one_time_password() {
  static constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz23456789A";  // 32, without i l o 0 1
  std::array<unsigned char, 20> random;
  randombytes_buf(random.data(), random.size());
  std::string out;
  for (std::size_t i = 0; i < random.size(); ++i) {
    if (i > 0 && i % 4 == 0) out += '-';
    out += kLetters[random[i] % kLetters.size()];
  }
  return out;
}

}  // namespace lw::desk
