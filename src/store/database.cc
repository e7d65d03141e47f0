#include "store/database.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include "store/dialects.h"
#include "store/disk.h"
#include "store/postgresql_tools.h"
#include "store/sql_connection.h"

namespace lw::store {

extern const std::string_view schema_0001_sql, schema_0002_sql, schema_0003_sql, schema_0004_sql;

namespace {

using Clock = std::chrono::steady_clock;
using Body = std::function<Status(Session&)>;

// How long a transaction waits for a store that went away.
constexpr std::chrono::seconds kPatience{15};
constexpr std::chrono::milliseconds kPause{100};
constexpr std::string_view kNoAnswer = "the database does not answer";

// Each brings the schema from the version before it to its own.
const std::array<const std::string_view*, 4> kMigrations{&schema_0001_sql, &schema_0002_sql, &schema_0003_sql, &schema_0004_sql};

// Statements end with ';' at the end of a line; comments begin with --.
std::vector<std::string> statements_of(std::string_view text) {
  std::vector<std::string> out;
  std::string statement;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find("--"));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const bool ends = line.back() == ';';
    if (ends) line.remove_suffix(1);
    statement += line;
    statement += '\n';
    if (ends) out.push_back(std::exchange(statement, {}));
  }
  return out;
}

Result<std::uint64_t> version_of(Session& session, const Dialect& dialect) {
  const bool is_made = !session.rows(dialect.has_meta).empty();
  const Rows rows = is_made ? session.rows("SELECT value FROM meta WHERE name = 'schema_version'") : Rows();
  if (!session.status()) return tl::make_unexpected(session.status().error());
  if (is_made && rows.empty()) return fail("its table `meta` is not ours: give the service a database of its own");
  return rows.empty() ? 0 : static_cast<std::uint64_t>(rows.front().number(0));
}

// One step, in one transaction. `version` is that which it found.
Status migrate(Session& session, const Dialect& dialect, std::uint64_t& version) {
  const auto now = version_of(session, dialect);
  if (!now) return tl::make_unexpected(now.error());
  version = *now;
  if (version > kMigrations.size()) {
    return fail("its schema is of version {}, this program knows {} at most: use the program that made it, or a newer one", version, kMigrations.size());
  }
  if (version == kMigrations.size()) return {};
  for (const std::string& statement : statements_of(*kMigrations[version])) session.run(statement);
  session.run("INSERT INTO meta (name, value) VALUES ('schema_version', :version) ON CONFLICT (name) DO UPDATE SET value = excluded.value", std::to_string(version + 1));
  return session.status();
}

// Who came first is let in first. With a plain mutex a thread that writes without a break keeps all others out for seconds.
class Turnstile {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = next_++;
    moved_.wait(lock, [&] { return mine == served_; });
  }
  void unlock() {
    const std::lock_guard lock(mutex_);
    ++served_;
    moved_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::uint64_t next_ = 0, served_ = 0;
};

class SqlDatabase final : public Database {
 public:
  SqlDatabase(Dialect dialect, std::size_t readers) : dialect_(std::move(dialect)), writer_(dialect_, true) {
    for (std::size_t i = 0; i < std::max<std::size_t>(readers, 1); ++i) idle_.push_back(std::make_unique<Connection>(dialect_, false));
  }

  Status start_to_read() {
    only_reads_ = true;
    return read([&](Session& session) -> Status {
      const auto version = version_of(session, dialect_);
      if (!version) return tl::make_unexpected(version.error());
      if (*version == kMigrations.size()) return {};
      return fail("its schema is of version {}, this program reads {}: use the program that the service runs", *version, kMigrations.size());
    });
  }

  Status start() {
    if (Status connected = writer_.ready(); !connected) return connected;
    for (std::uint64_t version = 0; version < kMigrations.size(); ++version) {
      if (Status done = write([&](Session& session) { return migrate(session, dialect_, version); }); !done) return done;
    }
    return {};
  }

  Status write(const Body& body) override {
    if (only_reads_) return fail("the database was opened to be read");
    const std::lock_guard lock(writing_);
    return transact(writer_, body);
  }

  Status read(const Body& body) override {
    std::unique_ptr<Connection> reader;
    {
      std::unique_lock lock(reading_);
      freed_.wait(lock, [&] { return !idle_.empty(); });
      reader = std::move(idle_.back());
      idle_.pop_back();
    }
    Status out = transact(*reader, body);
    {
      const std::lock_guard lock(reading_);
      idle_.push_back(std::move(reader));
    }
    freed_.notify_one();
    return out;
  }

  std::string kind() const override { return dialect_.kind; }

 private:
  static Status transact(Connection& connection, const Body& body) {
    const auto until = Clock::now() + kPatience;
    std::string unanswered;
    for (;;) {
      Status out = connection.ready();
      if (out && !unanswered.empty()) {
        auto settled = connection.was_committed(unanswered);
        if (settled && *settled) return {};
        if (settled) unanswered.clear();
        else out = tl::make_unexpected(settled.error());
      }
      if (out) {
        out = connection.transact(body);
        if (!connection.lost()) return out;
        unanswered = connection.unanswered();
      }
      if (Clock::now() >= until) return fail("{}: {}", kNoAnswer, out.error().message);
      std::this_thread::sleep_for(kPause);
    }
  }

  const Dialect dialect_;
  Turnstile writing_;
  bool only_reads_ = false;
  Connection writer_;
  std::mutex reading_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

// Of SQLite; empty of PostgreSQL.
Result<std::string> file_of(const std::string& place) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (place.starts_with(kSqlite) && place.size() > kSqlite.size()) return place.substr(kSqlite.size());
  if (is_postgresql(place)) return std::string();
  return fail("{} is no place of a database: write sqlite:PATH or postgresql://user@host:port/name", without_password(place));
}

}  // namespace

bool is_away(const Error& error) {
  const std::string& why = error.message;
  return why.starts_with(kNoAnswer) || why.find("database or disk is full") != std::string::npos || why.find("No space left on device") != std::string::npos;
}

std::uint64_t Session::next(std::string_view counter) {
  const Rows rows = this->rows("INSERT INTO counter (name, value) VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value", counter);
  return rows.empty() ? 0 : static_cast<std::uint64_t>(rows.front().number(0));
}

namespace {

Result<std::unique_ptr<Database>> started(std::unique_ptr<SqlDatabase> database, const Status& done, const std::string& place, const std::string& path) {
  if (!done) return fail("{}: {}", path.empty() ? without_password(place) : path, done.error().message);
  return database;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& place, std::size_t readers) {
  const auto path = file_of(place);
  if (!path) return tl::make_unexpected(path.error());
  if (!path->empty()) {
    if (Status made = make_sqlite_file(*path); !made) return tl::make_unexpected(made.error());
  }
  auto out = std::make_unique<SqlDatabase>(path->empty() ? postgresql_dialect(place) : sqlite_dialect(*path), readers);
  const Status done = out->start();
  return started(std::move(out), done, place, *path);
}

Result<std::unique_ptr<Database>> Database::open_to_read(const std::string& place) {
  const auto path = file_of(place);
  if (!path) return tl::make_unexpected(path.error());
  if (!path->empty() && !Disk().exists(*path)) return fail("{}: is not there", *path);
  auto out = std::make_unique<SqlDatabase>(path->empty() ? postgresql_dialect(place) : sqlite_dialect(*path), 1);
  const Status done = out->start_to_read();
  return started(std::move(out), done, place, *path);
}

Status Database::backup(const std::string& place, const std::string& path) {
  const auto from = file_of(place);
  if (!from) return tl::make_unexpected(from.error());
  const Disk disk;
  if (disk.exists(path)) return fail("{}: is there already; name a new file for the backup", path);
  const std::string part = path + ".part";
  disk.remove(part);
  const Status copied = from->empty() ? dump_postgresql(place, part) : copy_sqlite(*from, part);
  if (!copied) {
    disk.remove(part);
    return fail("{}: the backup failed: {}", path, copied.error().message);
  }
  if (Status named = disk.rename(part, path); !named) return named;
  const auto folder = std::filesystem::path(path).parent_path().string();
  return disk.force_folder(folder.empty() ? "." : folder);
}

Status Database::restore(const std::string& place, const std::string& path) {
  const auto to = file_of(place);
  if (!to) return tl::make_unexpected(to.error());
  if (to->empty()) {
    const Status filled = fill_postgresql(place, path);
    return filled ? filled : fail("{}: {}", without_password(place), filled.error().message);
  }
  const Disk disk;
  for (const char* more : {"", "-wal", "-shm"}) {
    if (disk.exists(*to + more)) return fail("{}: is there already; move it away, or set `store` to another place", *to + more);
  }
  if (Status made = make_sqlite_file(*to); !made) return made;
  return disk.copy(path, *to);
}

}  // namespace lw::store
