#include "event/pseudonym.h"

#include <sodium.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "event/feed.h"

namespace lw::event {
namespace {

using Json = nlohmann::ordered_json;

// A reporter's name must lead back for nobody.
constexpr Personal kPersonal[] = {{"account", "account", true},
                                  {"accounts", "account", true},
                                  {"winners", "account", true},
                                  {"host", "account", true},
                                  {"operator", "account", true},
                                  {"merchant", "account", true},
                                  {"mcn", "account", true},
                                  {"reviewer", "account", true},
                                  {"opponent", "account", true},
                                  {"device", "device", true},
                                  {"ip", "ip", true},
                                  {"reporter", "reporter"},
                                  {"payer_hash", "payer"},
                                  {"payee_hash", "payer"},
                                  {"address_hash", "address"},
                                  {"identity_hash", "identity"},
                                  {"tracking", "tracking"},
                                  {"birth_date", ""},
                                  {"age_band", ""},
                                  {"real_name_verified", ""},
                                  {"qualifications", ""},
                                  {"text", ""}};

// "account/u1" as "account/p_…": who a text of the form {kind}/{id} is about.
std::string hide_target(const Naming& name, const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return text;
  const std::string_view field = std::string_view(text).substr(0, slash);
  for (const Personal& personal : kPersonal) {
    if (personal.field == field && !personal.kind.empty()) return text.substr(0, slash + 1) + name(personal, std::string_view(text).substr(slash + 1));
  }
  return text;
}

}  // namespace

std::span<const Personal> personal_fields() { return kPersonal; }

std::string keyed_name(std::string_view key, std::string_view kind, std::string_view id) {
  std::string message(kind);
  message += '\0';
  message += id;
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size());
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

std::string_view hide(std::string_view line, const Naming& name, std::string& to) {
  Json event = Json::parse(line, nullptr, false);
  if (!event.is_object()) return {};
  const auto data = event.find("data");
  const bool has_data = data != event.end() && data->is_object();
  const auto hide_text = [&](Json& in, const char* field) {
    const auto at = in.find(field);
    if (at == in.end()) return;
    if (at->is_string()) *at = hide_target(name, at->get_ref<const std::string&>());
    if (!at->is_object()) return;
    const auto kind = at->find("kind"), id = at->find("id");  // a target may be written so
    if (kind == at->end() || id == at->end() || !kind->is_string() || !id->is_string()) return;
    *at = hide_target(name, kind->get_ref<const std::string&>() + "/" + id->get_ref<const std::string&>());
  };
  if (has_data) {
    for (const Personal& personal : kPersonal) {
      if (personal.kind.empty()) continue;
      const auto field = data->find(std::string(personal.field));
      if (field == data->end()) continue;
      if (field->is_string()) *field = name(personal, field->get_ref<const std::string&>());
      if (field->is_array())
        for (Json& item : *field)
          if (item.is_string()) item = name(personal, item.get_ref<const std::string&>());
    }
    for (const char* field : {"target", "liable", "subject"}) hide_text(*data, field);
  }
  hide_text(event, "subject");
  to = event.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::size_t size = to.size();
  to.append(kPadding, '\0');
  return {to.data(), size};
}

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

std::string_view Pseudonyms::hide(std::string_view line, std::string& to) const {
  return event::hide(line, [this](const Personal& field, std::string_view id) { return keyed_name(key_, field.kind, id); }, to);
}

}  // namespace lw::event
