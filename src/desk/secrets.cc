#include "desk/secrets.h"

#include <sodium.h>

#include <array>

namespace lw::desk {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string encode(std::string_view bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes_of(bytes), bytes.size(), variant);
  out.pop_back();  // the terminating zero
  return out;
}

}  // namespace

std::string make_secret() {
  std::string random(32, '\0');
  randombytes_buf(random.data(), random.size());
  return encode(random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string digest_of(std::string_view secret) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), bytes_of(secret), secret.size());
  return "sha256:" + to_base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

bool same_secret(std::string_view a, std::string_view b) { return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0; }

std::string to_base64(std::string_view bytes) { return encode(bytes, sodium_base64_VARIANT_ORIGINAL); }

bool from_base64(std::string_view text, std::string& bytes) {
  bytes.resize(text.size());
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL) != 0) return false;
  bytes.resize(size);
  return end == text.data() + text.size();
}

}  // namespace lw::desk
