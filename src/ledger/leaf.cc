#include "ledger/leaf.h"

#include <sodium.h>

#include <nlohmann/json.hpp>

#include "ledger/hash.h"

namespace lw::ledger {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kSaltBytes = 16;
constexpr std::string_view kSha256 = "sha256:";

}  // namespace

std::string Leaf::entry() const {
  return Json{{"at", at}, {"commitment", commitment}, {"kind", kind}, {"n", n}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Leaf> Leaf::parse(std::string_view entry) {
  const Json json = Json::parse(entry, nullptr, false);
  const auto text = [&](const char* name) { return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : std::string(); };
  Leaf out;
  if (json.is_object()) {
    out.at = text("at"), out.kind = text("kind"), out.commitment = text("commitment");
    if (json.contains("n") && json["n"].is_number_unsigned()) out.n = json["n"].get<std::uint64_t>();
  }
  if (out.kind.empty() || out.entry() != entry) return fail("no leaf: compact JSON with at, commitment, kind and n, in this order");
  return out;
}

std::string make_salt() {
  std::string salt(kSaltBytes, '\0');
  randombytes_buf(salt.data(), salt.size());
  return to_base64(salt);
}

std::string commit(std::string_view salt, std::string_view record) {
  return std::string(kSha256) + to_base64(bytes_of(sha256({from_base64(salt).value_or(std::string()), record})));
}

Status check_opened(std::string_view commitment, std::string_view salt, std::string_view record) {
  if (!commitment.starts_with(kSha256)) return fail("a commitment of an unknown kind; this program knows {}", kSha256);
  // A salt of another length could take bytes from the record, or give it some.
  if (const auto bytes = from_base64(salt); !bytes || bytes->size() != kSaltBytes) return fail("the salt is not {} bytes in base64", kSaltBytes);
  if (commit(salt, record) != commitment) return fail("salt and record are not what was committed to");
  return {};
}

}  // namespace lw::ledger
