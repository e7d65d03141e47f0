#include "server/outbox.h"

#include <string>
#include <utility>

namespace lw::server {
namespace {

constexpr std::size_t kAtOnce = 500;  // rows

}  // namespace

Status Outbox::turn() {
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
    for (const store::Row& row : rows) lines.append(row.text(1)).push_back('\n');
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
