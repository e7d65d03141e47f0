#include <chrono>
#include <fstream>
#include <thread>

#include "desk/cases.h"
#include "desk/decisions.h"
#include "desk/evidence.h"
#include "desk/records.h"
#include "desk/rooms.h"
#include "server/routes.h"
#include "server/transact.h"

namespace lw::server {
namespace {

using desk::Act;
using desk::Answer;

tl::unexpected<desk::Refusal> no_file() { return desk::refuse(desk::Why::kNotFound, "the tree has no such file"); }

// A file of the evidence tree.
Answer<Reply> file_of(const std::string& path, std::string content_type, bool for_ever) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return no_file();
  Reply out;
  out.raw.assign(std::istreambuf_iterator<char>(in), {});
  out.content_type = std::move(content_type);
  out.headers.emplace_back("Cache-Control", for_ever ? "public, max-age=31536000, immutable" : "no-cache");
  return out;
}

constexpr std::chrono::milliseconds kCoveredWithin{3000}, kAskedAgain{100};

// The tree is written behind the store, once a second: whoever asks for what has just happened waits for it.
template <class Ask>
auto once_covered(const Ask& ask) {
  const auto until = std::chrono::steady_clock::now() + kCoveredWithin;
  auto out = ask();
  for (; !out && out.error().why == desk::Why::kAway && std::chrono::steady_clock::now() < until; out = ask()) std::this_thread::sleep_for(kAskedAgain);
  return out;
}

}  // namespace

void add_watch_routes(Handlers& handlers, const Office& office) {
  handlers["listRooms"] = reads(office, [](const Act& act, const Call& call) { return desk::list_rooms(act.session, act.who, call.query); });
  handlers["getRoom"] = reads(office, [](const Act& act, const Call& call) { return desk::get_room(act.session, act.who, call.at("platform"), call.at("room")); });
  handlers["getTimeline"] = reads(office, [](const Act& act, const Call& call) { return desk::get_timeline(act.session, act.who, call.at("platform"), call.at("room"), call.query); });
  handlers["listDecisions"] = reads(office, [](const Act& act, const Call& call) { return desk::list_decisions(act, call.query); });
  handlers["getDecision"] = reads(office, [](const Act& act, const Call& call) { return desk::get_decision(act, call.at("id")); });
  handlers["proveDecision"] = [office, tree = ledger::Reader(office.evidence)](const Call& call) -> Answer<Reply> {
    const auto key = ledger::SigningKey::read_or_make(office.evidence_key, office.evidence_origin);
    if (!key) return desk::refuse(desk::Why::kFailed, "{}", key.error().message);
    auto out = once_covered([&] {
      return desk::in_read(*office.db, [&](store::Session& session) -> Answer<Json> {
        const desk::Act act{session, *office.policy(), call.actor, call.now};
        if (const auto seen = desk::get_decision(act, call.at("id")); !seen) return seen;
        return desk::prove_leaf(session, tree, key->verifier(), "decision", call.at("id"));
      });
    });
    if (!out) return tl::make_unexpected(std::move(out.error()));
    return reply(std::move(*out));
  };
  handlers["exportBundle"] = [office, tree = ledger::Reader(office.evidence)](const Call& call) -> Answer<Reply> {
    const auto key = ledger::SigningKey::read_or_make(office.evidence_key, office.evidence_origin);
    if (!key) return desk::refuse(desk::Why::kFailed, "{}", key.error().message);
    const auto number = static_cast<std::uint64_t>(call.number("id", 0));
    const auto plan = office.plan();
    auto out = once_covered([&] {
      return desk::in_read(*office.db, [&](store::Session& session) -> Answer<std::string> {
        const desk::Act act{session, *office.policy(), call.actor, call.now};
        if (const auto seen = desk::get_case(act, number); !seen) return tl::make_unexpected(seen.error());
        return desk::export_bundle(session, tree, *key, {.case_id = number, .decision = {}}, office.rule_texts(), call.now);
      });
    });
    if (!out) return tl::make_unexpected(std::move(out.error()));
    // That it was handed out is an act of the next bundle.
    const auto noted = desk::in_write(*office.db, [&](store::Session& session) -> Answer<bool> {
      desk::note_act(session, call.actor, "exportBundle", "case/" + std::to_string(number), "", call.now);
      return true;
    });
    if (!noted) return tl::make_unexpected(noted.error());
    Reply answer;
    answer.raw = std::move(*out);
    answer.content_type = "application/json";
    answer.headers.emplace_back("Content-Disposition", fmt::format("attachment; filename=\"case-{}.bundle.json\"", number));
    return answer;
  };
  handlers["getCheckpoint"] = [office](const Call&) { return file_of(office.evidence + "/checkpoint", "text/plain; charset=utf-8", false); };
  // What no checkpoint covers yet may be half written, and would be kept for ever by whoever asked too early.
  handlers["getTile"] = [office, tree = ledger::Reader(office.evidence)](const Call& call) -> Answer<Reply> {
    const std::string path = "tile/" + call.at("path");
    const auto tile = ledger::tile_at(path);
    const auto note = tree.note();
    const auto checkpoint = note ? ledger::Checkpoint::parse(std::string_view(*note).substr(0, note->find("\n\n") + 1)) : tl::make_unexpected(note.error());
    if (!tile || !checkpoint || !ledger::covers(checkpoint->size, *tile)) return no_file();
    return file_of(office.evidence + "/" + path, "application/octet-stream", true);
  };
}

}  // namespace lw::server
