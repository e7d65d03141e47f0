#include "store/dialects.h"

#include <fcntl.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>

namespace lw::store {
namespace {

// The key among a database's advisory locks: the letters "liveward".
constexpr long long kLock = 0x6c69'7665'7761'7264;
// A process that was killed a moment ago still holds its lock until the server has seen it.
constexpr std::chrono::seconds kLockPatience{3};
constexpr std::chrono::milliseconds kLockPause{50};

// KiB of pages that a session keeps in memory, below 0 as SQLite counts them: a writer's transactions touch many.
constexpr int kWriterPages = -(64 << 10), kReaderPages = -(8 << 10);

std::string sqlite_parameters(const std::string& path) { return "db=\"" + path + "\" timeout=10 synchronous=full"; }

void connect_sqlite(soci::session& session, const std::string& path, bool writes) {
  session.open(soci::sqlite3, sqlite_parameters(path));
  session.once << "PRAGMA case_sensitive_like = ON";  // as PostgreSQL's
  session.once << "PRAGMA cache_size = " << (writes ? kWriterPages : kReaderPages);
  if (!writes) {
    session.once << "PRAGMA query_only = ON";
    return;
  }
  std::string mode;
  session.once << "PRAGMA journal_mode = WAL", soci::into(mode);
  if (mode != "wal") throw soci::soci_error("SQLite cannot keep its journal beside the database: put it on a disk of this machine");
}

// What an address does not say itself. libpq would wait minutes for a server that is cut off; SOCI takes an address only with a
// parameter in it.
constexpr std::array<std::string_view, 3> kUnlessSaid{"connect_timeout=5", "tcp_user_timeout=10000", "application_name=livewarden"};

std::string with_limits(std::string address) {
  for (const std::string_view parameter : kUnlessSaid) {
    if (address.find(parameter.substr(0, parameter.find('=') + 1)) != std::string::npos) continue;
    address += address.find('?') == std::string::npos ? '?' : '&';
    address += parameter;
  }
  return address;
}

void connect_postgresql(soci::session& session, const std::string& address, bool writes) {
  session.open(soci::postgresql, address);
  session.once << "SET client_encoding = 'UTF8'";
  if (!writes) return;
  // The lock of a writer that was cut off is free again soon: the server by itself would keep it for hours.
  session.once << "SET tcp_keepalives_idle = 10";
  session.once << "SET tcp_keepalives_interval = 5";
  session.once << "SET tcp_keepalives_count = 3";
  session.once << "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
  const auto until = std::chrono::steady_clock::now() + kLockPatience;
  for (;;) {
    int locked = 0;
    session.once << "SELECT CAST(pg_try_advisory_lock(" << kLock << ") AS INTEGER)", soci::into(locked);
    if (locked != 0) return;
    if (std::chrono::steady_clock::now() >= until) throw soci::soci_error("another process uses this database; stop it first");
    std::this_thread::sleep_for(kLockPause);
  }
}

}  // namespace

Dialect sqlite_dialect(const std::string& path) {
  Dialect out;
  out.kind = "sqlite";
  out.connect = [path](soci::session& session, bool writes) { connect_sqlite(session, path, writes); };
  out.begin_write = "BEGIN IMMEDIATE";
  out.begin_read = "BEGIN";
  out.has_meta = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'meta'";
  return out;
}

Status make_sqlite_file(const std::string& path) {
  if (path.find('"') != std::string::npos) return fail("{}: no database can be kept under a name with a quote in it", path);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail("{}: the database cannot be made: {}", path, std::strerror(errno));
  constexpr std::string_view kHead("SQLite format 3", 16);
  char head[kHead.size()];
  const ssize_t size = ::read(descriptor, head, sizeof head);
  ::close(descriptor);
  if (size > 0 && std::string_view(head, static_cast<std::size_t>(size)) != kHead) return fail("{}: file is not a database; name another", path);
  return {};
}

Status copy_sqlite(const std::string& from, const std::string& to) {
  try {
    soci::session session(soci::sqlite3, sqlite_parameters(from));
    session.once << "VACUUM INTO :path", soci::use(to);
  } catch (const std::exception& error) {
    return fail("{}", error.what());
  }
  const int descriptor = ::open(to.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return fail("{}", std::strerror(errno));
  const bool lasts = ::fsync(descriptor) == 0;
  const int why = errno;
  ::close(descriptor);
  return lasts ? Status{} : fail("{}", std::strerror(why));
}

bool is_postgresql(std::string_view place) { return place.starts_with("postgresql://") || place.starts_with("postgres://"); }

Dialect postgresql_dialect(const std::string& address) {
  Dialect out;
  out.kind = "postgresql";
  out.connect = [limited = with_limits(address)](soci::session& session, bool writes) { connect_postgresql(session, limited, writes); };
  out.begin_write = "BEGIN";
  out.begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  out.has_meta = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'meta'";
  out.name_transaction = "SELECT CAST(pg_current_xact_id() AS TEXT)";
  out.fate = "SELECT pg_xact_status(CAST(CAST(:name AS TEXT) AS xid8))";
  return out;
}

std::string without_password(const std::string& place) {
  const std::size_t begin = place.find("://");
  const std::size_t at = begin == std::string::npos ? begin : place.rfind('@', place.find('/', begin + 3));
  const std::size_t colon = at == std::string::npos ? at : place.find(':', begin + 3);
  std::string out = colon < at ? place.substr(0, colon) + place.substr(at) : place;
  if (const std::size_t query = out.find('?'); query != std::string::npos) out.erase(query);  // it may hold one too
  return out;
}

}  // namespace lw::store
