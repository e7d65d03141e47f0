#include "server/outbox.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace lw::server {
namespace {

constexpr std::size_t kAtOnce = 500;  // rows

// The event at its own time, or at the stream's if that is earlier.
std::string not_ahead(const std::string& line, Time latest) {
  nlohmann::json event = nlohmann::json::parse(line, nullptr, false);
  const auto time = event.is_object() ? parse_rfc3339(event.value("time", "")) : std::nullopt;
  if (!time || *time <= latest) return line;
  event["time"] = format_rfc3339(latest);
  return event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Status Outbox::turn() {
  const Time latest = latest_();
  if (latest == Time{}) return {};  // there is no stream yet that it could be a part of
  if (told_->failed.exchange(false)) handed_ = told_->lasting;
  const std::uint64_t lasting = told_->lasting;
  if (lasting > deleted_) {
    const Status deleted = db_.write([&](store::Session& session) -> Status {
      session.run("DELETE FROM outbox WHERE n <= :n", lasting);
      return {};
    });
    if (!deleted) return deleted;
    deleted_ = lasting;
  }
  for (;;) {
    store::Rows rows;
    const Status read = db_.read([&](store::Session& session) -> Status {
      rows = session.rows("SELECT n, line FROM outbox WHERE n > :n ORDER BY n LIMIT " + std::to_string(kAtOnce), handed_);
      return {};
    });
    if (!read || rows.empty()) return read;
    std::string lines;
    for (const store::Row& row : rows) lines.append(not_ahead(row.text(1), latest)).push_back('\n');
    const auto last = static_cast<std::uint64_t>(rows.back().number(0));
    const bool taken = inlet_.submit(std::move(lines), rows.size(), [told = told_, last](const Status& durable) {
      if (durable) told->lasting = last;
      else told->failed = true;
    });
    if (!taken) return {};  // there is no room now
    handed_ = last;
  }
}

}  // namespace lw::server
