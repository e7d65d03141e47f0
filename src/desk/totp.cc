#include "desk/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>

#include "desk/secrets.h"

namespace lw::desk {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::int64_t kStep = 30 * kSecond;
constexpr std::size_t kSecretBytes = 20;

std::string to_base32(std::string_view bytes) {
  std::string out;
  std::uint32_t held = 0, bits = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) out += kLetters[held >> (bits - 5) & 31];
  }
  if (bits > 0) out += kLetters[held << (5 - bits) & 31];
  return out;
}

std::string from_base32(std::string_view text) {
  std::string out;
  std::uint32_t held = 0, bits = 0;
  for (const char c : text) {
    const std::size_t value = kLetters.find(c);
    if (value == std::string_view::npos) return {};
    held = held << 5 | static_cast<std::uint32_t>(value);
    bits += 5;
    if (bits >= 8) out += static_cast<char>(held >> (bits -= 8) & 0xff);
  }
  return out;
}

}  // namespace

std::string make_totp_secret() {
  std::string random(kSecretBytes, '\0');
  randombytes_buf(random.data(), random.size());
  return to_base32(random);
}

// Names of people are letters, digits and . - _ alone: nothing has to be escaped.
std::string totp_uri(std::string_view secret, std::string_view name) {
  return fmt::format("otpauth://totp/Livewarden:{}?secret={}&issuer=Livewarden&algorithm=SHA1&digits=6&period=30", name, secret);
}

std::string totp_code(std::string_view secret, std::uint64_t step) {
  const std::string key = from_base32(secret);
  if (key.empty()) return {};
  std::array<unsigned char, 8> message;
  for (std::size_t i = 0; i < 8; ++i) message[i] = static_cast<unsigned char>(step >> (56 - 8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), hash.data(), &size);
  const std::size_t at = hash[19] & 15;  // RFC 4226, 5.3
  const std::uint32_t number = (hash[at] & 0x7fU) << 24 | std::uint32_t{hash[at + 1]} << 16 | std::uint32_t{hash[at + 2]} << 8 | hash[at + 3];
  return fmt::format("{:06}", number % 1'000'000);
}

std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code, Time now, std::int64_t used) {
  if (code.empty()) return std::nullopt;
  const std::int64_t step = now.ns / kStep;
  for (std::int64_t near = step - 1; near <= step + 1; ++near) {
    if (near > used && near > 0 && same_secret(totp_code(secret, static_cast<std::uint64_t>(near)), code)) return near;
  }
  return std::nullopt;
}

}  // namespace lw::desk
