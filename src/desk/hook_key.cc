#include "desk/hook_key.h"

#include <sodium.h>

#include <array>
#include <filesystem>

#include "desk/secrets.h"

namespace lw::desk {
namespace {

constexpr std::size_t kKeyBytes = 32, kSaltBytes = 24;
constexpr std::string_view kNaming = "livewarden hook key", kSigning = "livewarden hook secret ";

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string random_bytes(std::size_t size) {
  std::string out(size, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

std::string keyed_hash(std::string_view key, std::string_view text) {
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> hash;
  crypto_auth_hmacsha256(hash.data(), raw(text), text.size(), raw(key));
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

HookKey::HookKey(std::string key) : key_(std::move(key)), id_(to_base64(keyed_hash(key_, kNaming).substr(0, 6))) {}

Result<HookKey> HookKey::open(const std::string& path, const store::Disk& disk) {
  if (sodium_init() < 0) return fail("the cryptographic library cannot be used");
  if (!disk.exists(path)) {
    if (Status made = disk.make_folder(std::filesystem::path(path).parent_path().string()); !made) return tl::make_unexpected(made.error());
    if (Status written = disk.write(path, to_base64(random_bytes(kKeyBytes)) + "\n"); !written) return tl::make_unexpected(written.error());
    std::error_code trouble;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, trouble);
    if (trouble) return fail("{}: cannot be kept for its owner alone: {}", path, trouble.message());
  }
  auto text = disk.read(path);
  if (!text) return tl::make_unexpected(text.error());
  std::string key;
  const std::string_view line = std::string_view(*text).substr(0, text->find_last_not_of(" \r\n") + 1);
  if (!from_base64(line, key) || key.size() != kKeyBytes) return fail("{}: is damaged: 32 bytes in base64 are expected; put it back from where it was kept", path);
  return HookKey(std::move(key));
}

std::string HookKey::make() const { return id_ + ":" + to_base64(random_bytes(kSaltBytes)); }

Result<std::string> HookKey::secret(std::string_view kept) const {
  const std::size_t colon = kept.find(':');
  if (colon == std::string_view::npos || kept.substr(0, colon) != id_) {
    return fail("its secret was made under another key; put the key file back, or remove the hook and add it again");
  }
  return keyed_hash(key_, std::string(kSigning).append(kept.substr(colon + 1)));
}

std::string shown_secret(std::string_view secret) { return "whsec_" + to_base64(secret); }

}  // namespace lw::desk
