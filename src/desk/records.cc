#include "desk/records.h"

#include <fmt/format.h>

#include <string>

#include "ledger/leaf.h"

namespace lw::desk {
namespace {

constexpr std::int64_t kMilli = 1'000'000;

}  // namespace

std::int64_t millis(Time time) { return time.ns <= 0 ? 0 : time.ns / kMilli; }
Time time_of(std::int64_t millis) { return Time{millis * kMilli}; }
std::string shown_time(std::int64_t millis) { return millis == 0 ? std::string() : format_rfc3339(time_of(millis)); }

std::uint64_t add_leaf(store::Session& session, std::string_view kind, std::string_view ref, const nlohmann::json& body, Time now) {
  const std::string salt = ledger::make_salt(), opened = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::uint64_t number = session.next("leaf") - 1;
  session.run("INSERT INTO leaf (n, kind, ref, at, commitment, salt, opened) VALUES (:n, :kind, :ref, :at, :commitment, :salt, :opened)", number, kind, ref,
              millis(now), ledger::commit(salt, opened), salt, opened);
  return number;
}

void note_act(store::Session& session, const Actor& who, std::string_view act, std::string_view subject, std::string_view text, Time now) {
  const std::uint64_t number = session.next("act");
  session.run("INSERT INTO act (n, at, who, body, act, subject, text) VALUES (:n, :at, :who, :body, :act, :subject, :text)", number, millis(now), who.name, who.body,
              act, subject, text);
  add_leaf(session, "act", std::to_string(number), {{"n", number}, {"at", shown_time(millis(now))}, {"who", who.name}, {"body", who.body}, {"act", act}, {"subject", subject}, {"text", text}}, now);
}

void note_act_for(store::Session& session, const Actor& who, std::string_view department, std::string_view act, std::string_view subject, std::string_view text, Time now) {
  Actor noted = who;
  if (who.body.empty() || who.body == machine().body) noted.body = fmt::format("department/{}", department);
  note_act(session, noted, act, subject, text, now);
}

void tell_engine(store::Session& session, std::string_view type, std::string_view id, Time at, const nlohmann::json& data) {
  const nlohmann::json event{{"specversion", "1.0"}, {"id", id}, {"source", "/livewarden"}, {"type", type}, {"time", format_rfc3339(at)}, {"data", data}};
  const std::uint64_t number = session.next("outbox");
  session.run("INSERT INTO outbox (n, line) VALUES (:n, :line)", number, event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace lw::desk
