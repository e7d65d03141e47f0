#include "runtime/pseudonym.h"

#include <sodium.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "event/feed.h"

namespace lw::runtime {
namespace {

using Json = nlohmann::ordered_json;

// Fields that name a person or what leads to one, and the kind that their names are hashed with. Whoever may have an
// account is one kind, viewer, host, operator, seller or agency alike: rules join them, and the same person must be the same
// name wherever it is.
struct Personal {
  std::string_view field, kind;
};
constexpr Personal kPersonal[] = {{"account", "account"},      {"accounts", "account"},       {"winners", "account"},  {"host", "account"},
                                  {"operator", "account"},     {"merchant", "account"},       {"mcn", "account"},      {"reviewer", "account"},
                                  {"device", "device"},        {"ip", "ip"},                  {"reporter", "reporter"}, {"payer_hash", "payer"},
                                  {"payee_hash", "payer"},     {"address_hash", "address"},   {"identity_hash", "identity"}, {"tracking", "tracking"}};

// "account/u1" as "account/p_…": who a text of the form {kind}/{id} is about.
std::string hide_target(const Pseudonyms& names, const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return text;
  const std::string_view field = std::string_view(text).substr(0, slash);
  for (const Personal& personal : kPersonal) {
    if (personal.field == field) return text.substr(0, slash + 1) + names.name_of(personal.kind, std::string_view(text).substr(slash + 1));
  }
  return text;
}

}  // namespace

Pseudonyms::~Pseudonyms() { sodium_memzero(key_.data(), key_.size()); }

Result<Pseudonyms> Pseudonyms::from_key_file(const std::string& path) {
  if (sodium_init() < 0) return fail("the cryptographic library cannot be used");
  std::error_code ignored;
  std::ifstream in(path, std::ios::binary);
  if (std::filesystem::is_directory(path, ignored)) return fail("{}: is a directory, not a file with a pseudonym key", path);
  if (!in) return fail("{}: the pseudonym key cannot be read", path);
  std::string key{std::istreambuf_iterator<char>(in), {}};
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.size() < crypto_generichash_KEYBYTES_MIN || key.size() > crypto_generichash_KEYBYTES_MAX) {
    return fail("{}: a pseudonym key has {} to {} bytes, this one {}", path, crypto_generichash_KEYBYTES_MIN, crypto_generichash_KEYBYTES_MAX, key.size());
  }
  return Pseudonyms(std::move(key));
}

std::string Pseudonyms::name_of(std::string_view kind, std::string_view id) const {
  std::string message(kind);
  message += '\0';
  message += id;
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                     reinterpret_cast<const unsigned char*>(key_.data()), key_.size());
  static constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out = "p_";
  std::uint32_t bits = 0, held = 0;
  for (const unsigned char byte : hash) {
    held = held << 8 | byte;
    for (bits += 8; bits >= 5; bits -= 5) out += kLetters[held >> (bits - 5) & 31];
  }
  if (bits > 0) out += kLetters[held << (5 - bits) & 31];
  return out;
}

std::string_view Pseudonyms::hide(std::string_view line, std::string& to) const {
  Json event = Json::parse(line, nullptr, false);
  if (!event.is_object()) return line;
  if (const auto data = event.find("data"); data != event.end() && data->is_object()) {
    for (const Personal& personal : kPersonal) {
      const auto field = data->find(std::string(personal.field));
      if (field == data->end()) continue;
      if (field->is_string()) *field = name_of(personal.kind, field->get_ref<const std::string&>());
      if (field->is_array())
        for (Json& item : *field)
          if (item.is_string()) item = name_of(personal.kind, item.get_ref<const std::string&>());
    }
  }
  const auto hide_text = [&](Json& in, const char* field) {
    const auto at = in.find(field);
    if (at != in.end() && at->is_string()) *at = hide_target(*this, at->get_ref<const std::string&>());
  };
  hide_text(event, "subject");
  if (const auto data = event.find("data"); data != event.end() && data->is_object()) {
    for (const char* field : {"target", "liable", "subject"}) hide_text(*data, field);
  }
  to = event.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::size_t size = to.size();
  to.append(event::kPadding, '\0');
  return {to.data(), size};
}

}  // namespace lw::runtime
