#include <fstream>

#include "desk/evidence.h"
#include "desk/rooms.h"
#include "server/routes.h"
#include "server/transact.h"

namespace lw::server {
namespace {

using desk::Act;
using desk::Answer;

// A file of the evidence tree. Its path was checked against the document: digits, x, dots and slashes between them alone.
Answer<Reply> file_of(const std::string& path, std::string content_type, bool for_ever) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return desk::refuse(desk::Why::kNotFound, "the tree has no such file");
  Reply out;
  out.raw.assign(std::istreambuf_iterator<char>(in), {});
  out.content_type = std::move(content_type);
  out.headers.emplace_back("Cache-Control", for_ever ? "public, max-age=31536000, immutable" : "no-cache");
  return out;
}

}  // namespace

void add_watch_routes(Handlers& handlers, const Office& office) {
  handlers["listRooms"] = reads(office, [](const Act& act, const Call& call) { return desk::list_rooms(act.session, act.who, call.query); });
  handlers["getRoom"] = reads(office, [](const Act& act, const Call& call) { return desk::get_room(act.session, act.who, call.at("platform"), call.at("room")); });
  handlers["getTimeline"] = reads(office, [](const Act& act, const Call& call) { return desk::get_timeline(act.session, act.who, call.at("platform"), call.at("room"), call.query); });
  handlers["listDecisions"] = reads(office, [](const Act& act, const Call& call) { return desk::list_decisions(act.session, act.who, call.query); });
  handlers["getDecision"] = reads(office, [](const Act& act, const Call& call) { return desk::get_decision(act.session, act.who, call.at("id")); });
  handlers["getCheckpoint"] = [office](const Call&) { return file_of(office.evidence + "/checkpoint", "text/plain; charset=utf-8", false); };
  handlers["getTile"] = [office](const Call& call) { return file_of(office.evidence + "/tile/" + call.at("path"), "application/octet-stream", true); };
}

}  // namespace lw::server
