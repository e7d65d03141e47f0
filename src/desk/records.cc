#include "desk/records.h"

#include <sodium.h>

#include <array>
#include <string>

namespace lw::desk {
namespace {

constexpr std::int64_t kMilli = 1'000'000;
constexpr std::size_t kSaltBytes = 16;

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string out(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes, size, sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // the terminating zero
  return out;
}

}  // namespace

std::int64_t millis(Time time) { return time.ns <= 0 ? 0 : time.ns / kMilli; }
Time time_of(std::int64_t millis) { return Time{millis * kMilli}; }
std::string shown_time(std::int64_t millis) { return millis == 0 ? std::string() : format_rfc3339(time_of(millis)); }

std::uint64_t add_leaf(store::Session& session, std::string_view kind, std::string_view ref, const nlohmann::json& body, Time now) {
  std::array<unsigned char, kSaltBytes> salt;
  randombytes_buf(salt.data(), salt.size());
  const std::string opened = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, salt.data(), salt.size());
  crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(opened.data()), opened.size());
  crypto_hash_sha256_final(&state, hash.data());
  const std::uint64_t number = session.next("leaf") - 1;
  session.run("INSERT INTO leaf (n, kind, ref, at, commitment, salt, opened) VALUES (:n, :kind, :ref, :at, :commitment, :salt, :opened)", number, kind, ref,
              millis(now), "sha256:" + base64(hash.data(), hash.size()), base64(salt.data(), salt.size()), opened);
  return number;
}

void note_act(store::Session& session, const Actor& who, std::string_view act, std::string_view subject, std::string_view text, Time now) {
  const std::uint64_t number = session.next("act");
  session.run("INSERT INTO act (n, at, who, body, act, subject, text) VALUES (:n, :at, :who, :body, :act, :subject, :text)", number, millis(now), who.name, who.body,
              act, subject, text);
  add_leaf(session, "act", std::to_string(number), {{"n", number}, {"at", shown_time(millis(now))}, {"who", who.name}, {"body", who.body}, {"act", act}, {"subject", subject}, {"text", text}}, now);
}

void tell_engine(store::Session& session, std::string_view type, std::string_view id, Time at, const nlohmann::json& data) {
  const nlohmann::json event{{"specversion", "1.0"}, {"id", id}, {"source", "/livewarden"}, {"type", type}, {"time", format_rfc3339(at)}, {"data", data}};
  const std::uint64_t number = session.next("outbox");
  session.run("INSERT INTO outbox (n, line) VALUES (:n, :line)", number, event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace lw::desk
