#include "ledger/note.h"

#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "ledger/files.h"

namespace lw::ledger {
namespace {

constexpr char kEd25519 = 1;
constexpr std::string_view kPrivate = "PRIVATE+KEY+", kDash = "\u2014 ";
constexpr std::size_t kIdBytes = 4, kMostNoteBytes = 1 << 20;

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

bool good_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~' && c != '+'; });
}

std::string_view without_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

// NAME+ID+base64(type, key): the name, and the key's bytes.
struct KeyText {
  std::string name, id, key;
};
Result<KeyText> split_key(std::string_view text, std::string_view what) {
  const std::size_t first = text.find('+'), second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return fail("{} is NAME+ID+KEY, with two plus signs", what);
  const auto key = from_base64(text.substr(second + 1));
  if (!good_name(text.substr(0, first)) || !key || key->empty()) return fail("{} is NAME+ID+KEY: a name without spaces, and a key in base64", what);
  if (key->front() != kEd25519) return fail("{} is of signature type {}; this program knows 1, Ed25519", what, static_cast<unsigned char>(key->front()));
  if (key->size() != 1 + crypto_sign_PUBLICKEYBYTES) return fail("{}: a key of Ed25519 has 32 bytes, this one {}", what, key->size() - 1);
  return KeyText{std::string(text.substr(0, first)), std::string(text.substr(first + 1, second - first - 1)), key->substr(1)};
}

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

}  // namespace

VerifierKey::VerifierKey(std::string name, std::string public_key) : name_(std::move(name)), public_(std::move(public_key)) {}

std::string VerifierKey::id() const {
  const char type = kEd25519;
  return std::string(bytes_of(sha256({name_, "\n", std::string_view(&type, 1), public_})).substr(0, kIdBytes));
}

std::string VerifierKey::text() const { return fmt::format("{}+{}+{}", name_, hex(id()), to_base64(kEd25519 + public_)); }

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  if (text.starts_with(kPrivate)) return fail("this is the private key, which signs; its public half is wanted");
  auto parts = split_key(text, "a verifier key");
  if (!parts) return tl::make_unexpected(parts.error());
  VerifierKey out(std::move(parts->name), std::move(parts->key));
  if (parts->id != hex(out.id())) return fail("a verifier key whose id {} is not that of its name and key, {}: a part of it was altered", parts->id, hex(out.id()));
  return out;
}

Result<VerifierKey> VerifierKey::read(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return tl::make_unexpected(text.error());
  auto key = parse(without_end(*text));
  if (!key) return fail("{}: {}", path, key.error().message);
  return key;
}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

Result<SigningKey> SigningKey::of(std::string_view name, std::string_view seed) {
  if (sodium_init() < 0) return fail("the cryptographic library cannot be used");
  if (!good_name(name)) return fail("\"{}\" is no name for a key: it has letters, digits and signs, no spaces and no '+', such as livewarden.example/log", name);
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0'), secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(public_key.data()), reinterpret_cast<unsigned char*>(secret.data()), raw(seed));
  return SigningKey(VerifierKey(std::string(name), std::move(public_key)), std::move(secret));
}

Result<SigningKey> SigningKey::make(std::string_view name) {
  if (sodium_init() < 0) return fail("the cryptographic library cannot be used");
  std::string seed(crypto_sign_SEEDBYTES, '\0');
  randombytes_buf(seed.data(), seed.size());
  auto key = of(name, seed);
  sodium_memzero(seed.data(), seed.size());
  return key;
}

std::string SigningKey::text() const {
  const std::string_view seed = std::string_view(secret_).substr(0, crypto_sign_SEEDBYTES);
  return fmt::format("{}{}+{}+{}", kPrivate, verifier_.name(), hex(verifier_.id()), to_base64(kEd25519 + std::string(seed)));
}

Result<SigningKey> SigningKey::parse(std::string_view text) {
  if (!text.starts_with(kPrivate)) return fail("no private key: it begins with {}", kPrivate);
  const auto parts = split_key(text.substr(kPrivate.size()), "a private key");
  if (!parts) return tl::make_unexpected(parts.error());
  auto out = of(parts->name, parts->key);
  if (out && parts->id != hex(out->verifier_.id())) return fail("a private key whose id {} is not that of its name and key: a part of it was altered", parts->id);
  return out;
}

Result<SigningKey> SigningKey::read_or_make(const std::string& path, std::string_view name) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    auto fresh = make(name);
    if (!fresh) return fresh;
    std::string text = fresh->text() + "\n";
    const Status written = replace_file(path, text, true, 0600);
    sodium_memzero(text.data(), text.size());
    if (!written) return tl::make_unexpected(written.error());
    return fresh;
  }
  auto key = read(path);
  if (key && key->verifier().name() != name) {
    return fail("{}: is a key of the log {}, not of {}; name that log, or give this one a key file of its own", path, key->verifier().name(), name);
  }
  return key;
}

Result<SigningKey> SigningKey::read(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) == 0 && (facts.st_mode & 07) != 0) return fail("{}: everybody may read or write this private key (mode {:o}); chmod 600", path, facts.st_mode & 0777);
  auto text = read_file(path);
  if (!text) return tl::make_unexpected(text.error());
  auto key = parse(without_end(*text));
  sodium_memzero(text->data(), text->size());
  if (!key) return fail("{}: {}", path, key.error().message);
  return key;
}

std::string SigningKey::sign(std::string_view text) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, raw(text), text.size(), raw(secret_));
  return fmt::format("{}\n{}{} {}\n", text, kDash, verifier_.name(), to_base64(verifier_.id() + signature));
}

Result<std::string> open_note(std::string_view note, const VerifierKey& key) {
  const std::size_t end = note.rfind("\n\n");
  if (note.size() > kMostNoteBytes || end == std::string_view::npos || !note.ends_with('\n')) return fail("no signed note: a text, an empty line, a signature");
  const std::string_view text = note.substr(0, end + 1), line = note.substr(end + 2, note.size() - end - 3);
  if (line.find('\n') != std::string_view::npos) return fail("signed more than once: only a signature by {} can be checked", key.name());
  const std::size_t space = line.rfind(' ');
  if (!line.starts_with(kDash) || space < kDash.size()) return fail("the last line is no signature: \u2014 NAME BASE64");
  const std::string_view name = line.substr(kDash.size(), space - kDash.size());
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() != kIdBytes + crypto_sign_BYTES) return fail("the signature is not whole: base64 of a key's id and 64 bytes is expected");
  if (name != key.name() || bytes->substr(0, kIdBytes) != key.id()) return fail("signed by {} with the key {}, not by {} with the key {}", name, hex(bytes->substr(0, kIdBytes)), key.name(), hex(key.id()));
  if (crypto_sign_verify_detached(raw(*bytes) + kIdBytes, raw(text), text.size(), raw(key.public_)) != 0) return fail("the signature by {} does not hold: text or signature was altered", key.name());
  return std::string(text);
}

std::string Checkpoint::text() const { return fmt::format("{}\n{}\n{}\n", origin, size, to_base64(bytes_of(root))); }

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
  Checkpoint out;
  const std::size_t first = text.find('\n'), second = first == std::string_view::npos ? first : text.find('\n', first + 1);
  const auto wrong = [] { return fail("no checkpoint: three lines with origin, size and root hash"); };
  if (second == std::string_view::npos || !text.ends_with('\n')) return wrong();
  const std::string_view size = text.substr(first + 1, second - first - 1);
  const auto root = hash_from_base64(text.substr(second + 1, text.size() - second - 2));
  if (std::from_chars(size.data(), size.data() + size.size(), out.size).ec != std::errc{} || !root) return wrong();
  out.origin = text.substr(0, first);
  out.root = *root;
  if (out.origin.empty() || out.text() != text) return wrong();
  return out;
}

Result<Checkpoint> Checkpoint::open(std::string_view note, const VerifierKey& key) {
  const auto text = open_note(note, key);
  if (!text) return tl::make_unexpected(text.error());
  auto out = parse(*text);
  if (out && out->origin != key.name()) return fail("a checkpoint of {}, signed by {}", out->origin, key.name());
  return out;
}

}  // namespace lw::ledger
