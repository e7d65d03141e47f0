#include "store/sql_connection.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

namespace lw::store {
namespace {

constexpr std::size_t kMostPrepared = 300;
constexpr std::size_t kMostShown = 160;  // of a statement, in an error

bool starts_name(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool goes_on(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

// Each `:name` gets a name of its own: SQLite would take two that are alike for one value, PostgreSQL for two.
std::string number_places(std::string_view sql, std::size_t& count) {
  std::string out;
  out.reserve(sql.size());
  bool quoted = false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    out += sql[i];
    if (sql[i] == '\'') quoted = !quoted;
    if (quoted || sql[i] != ':' || i + 1 == sql.size() || !starts_name(sql[i + 1])) continue;
    while (i + 1 < sql.size() && goes_on(sql[i + 1])) ++i;
    out += "v" + std::to_string(++count);
  }
  return out;
}

// PostgreSQL keeps no NUL in a text: neither store shall.
std::string storable(const std::string& text) {
  if (text.find('\0') == std::string::npos) return text;
  std::string out;
  for (const char c : text) c == '\0' ? out += "\xEF\xBF\xBD" : out += c;
  return out;
}

Value value_of(const soci::row& row, std::size_t column) {
  if (row.get_indicator(column) == soci::i_null) return "";
  switch (row.get_properties(column).get_data_type()) {
    case soci::dt_integer: return row.get<int>(column);
    case soci::dt_long_long: return row.get<long long>(column);
    case soci::dt_unsigned_long_long: return row.get<unsigned long long>(column);
    case soci::dt_double: return std::llround(row.get<double>(column));
    default: return row.get<std::string>(column);
  }
}

std::string message_of(const std::exception& error) {
  const auto* of_soci = dynamic_cast<const soci::soci_error*>(&error);
  return of_soci ? of_soci->get_error_message() : error.what();
}

// Why there is no connection, in one line.
std::string without_breaks(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  while (message.ends_with(' ')) message.pop_back();
  return message;
}

// What was given does not fit, and will not at another time either.
bool is_misfit(const std::exception& error) {
  if (const auto* of_postgresql = dynamic_cast<const soci::postgresql_soci_error*>(&error)) {
    const std::string state = of_postgresql->sqlstate();  // data, integrity, limits of the program (an index's)
    return state.starts_with("22") || state.starts_with("23") || state.starts_with("54");
  }
  const auto* of_sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  const int result = of_sqlite ? of_sqlite->result() & 0xff : SQLITE_OK;
  return result == SQLITE_CONSTRAINT || result == SQLITE_TOOBIG || result == SQLITE_MISMATCH || result == SQLITE_RANGE;
}

// The first line says what was wrong; those behind it, and what SOCI adds, may hold values.
std::string reason_of(const std::exception& error) {
  if (const auto* of_postgresql = dynamic_cast<const soci::postgresql_soci_error*>(&error)) {
    if (of_postgresql->sqlstate().starts_with("22")) return "a value does not fit where it stands (SQLSTATE " + of_postgresql->sqlstate() + ")";
  }
  const std::string message = message_of(error);
  return message.substr(0, message.find('\n'));
}

}  // namespace

// Its values live as long as it does: what SOCI binds are their places.
struct Connection::Prepared {
  Prepared(soci::session& session, std::string_view sql, const std::vector<Value>& values, bool reads)
      : texts(values.size()), numbers(values.size()), statement(session) {
    std::size_t places = 0;
    const std::string numbered = number_places(sql, places);
    if (places != values.size()) throw soci::soci_error(fmt::format("the statement has {} places for {} values", places, values.size()));
    statement.alloc();
    statement.prepare(numbered);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].is_number()) statement.exchange(soci::use(numbers[i]));
      else statement.exchange(soci::use(texts[i]));
    }
    if (reads) statement.exchange(soci::into(row));
    statement.define_and_bind();
  }
  void bind(const std::vector<Value>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].is_number()) numbers[i] = values[i].number();
      else texts[i] = storable(values[i].text());
    }
  }

  std::vector<std::string> texts;
  std::vector<long long> numbers;
  soci::row row;
  soci::statement statement;
};

Connection::Connection(const Dialect& dialect, bool writes) : dialect_(dialect), writes_(writes) {}
Connection::~Connection() = default;

Connection::Prepared& Connection::prepare(std::string_view sql, const std::vector<Value>& values, bool reads) {
  std::string key(sql);
  key += reads ? '\1' : '\2';
  for (const Value& value : values) key += value.is_number() ? 'n' : 't';
  auto found = prepared_.find(key);
  if (found == prepared_.end()) {
    if (prepared_.size() >= kMostPrepared) prepared_.clear();
    found = prepared_.emplace(std::move(key), std::make_unique<Prepared>(*session_, sql, values, reads)).first;
  }
  found->second->bind(values);
  return *found->second;
}

std::uint64_t Connection::run_with(std::string_view sql, const std::vector<Value>& values) {
  if (!status_) return 0;
  try {
    Prepared& prepared = prepare(sql, values, false);
    prepared.statement.execute(true);
    return static_cast<std::uint64_t>(std::max(0LL, prepared.statement.get_affected_rows()));
  } catch (const std::exception& error) {
    failed(sql, error);
    return 0;
  }
}

Rows Connection::rows_with(std::string_view sql, const std::vector<Value>& values) {
  Rows out;
  if (!status_) return out;
  try {
    Prepared& prepared = prepare(sql, values, true);
    prepared.statement.execute();
    while (prepared.statement.fetch()) {
      Row& row = out.emplace_back();
      for (std::size_t i = 0; i < prepared.row.size(); ++i) row.add(value_of(prepared.row, i));
    }
    return out;
  } catch (const std::exception& error) {
    failed(sql, error);
    return {};
  }
}

void Connection::failed(std::string_view sql, const std::exception& error) {
  const std::string shown = std::string(sql.substr(0, kMostShown)) + (sql.size() > kMostShown ? "…" : "");
  status_ = sql.empty() ? fail("{}", without_breaks(message_of(error))) : fail("{}, in: {}", reason_of(error), shown);
  misfit_ = is_misfit(error);
  try {
    lost_ = !session_ || !session_->is_connected();
  } catch (const std::exception&) {
    lost_ = true;
  }
}

void Connection::once(const std::string& sql) {
  if (!status_) return;
  try {
    session_->once << sql;
  } catch (const std::exception& error) {
    failed(sql, error);
  }
}

Status Connection::attempt(const std::function<Status()>& body) {
  once("SAVEPOINT part");
  if (!status_) return status_;
  Status out;
  try {
    out = body();
  } catch (const std::exception& error) {
    out = fail("{}", error.what());
  }
  if (!status_) {
    if (!misfit_) return status_;
    out = std::exchange(status_, {});
    prepared_.clear();  // one of them stands in the middle of what failed
  }
  if (!out) once("ROLLBACK TO SAVEPOINT part");
  once("RELEASE SAVEPOINT part");
  return status_ ? out : status_;
}

Status Connection::ready() {
  if (session_ && !lost_) return {};
  status_ = {};
  prepared_.clear();
  try {
    session_ = std::make_unique<soci::session>();
    dialect_.connect(*session_, writes_);
    lost_ = false;
  } catch (const std::exception& error) {
    failed({}, error);
    lost_ = true;
  }
  return status_;
}

Result<bool> Connection::was_committed(const std::string& name) {
  status_ = {};
  const Rows rows = rows_with(dialect_.fate, {name});
  if (!status_) return tl::make_unexpected(status_.error());
  const std::string fate = rows.empty() ? "" : rows.front().text(0);
  if (fate != "committed" && fate != "aborted") return fail("a transaction is still being committed");
  return fate == "committed";
}

Status Connection::transact(const std::function<Status(Session&)>& body) {
  status_ = {};
  unanswered_.clear();
  once(writes_ ? dialect_.begin_write : dialect_.begin_read);
  Status out = status_;
  if (out) {
    try {
      out = body(*this);
    } catch (const std::exception& error) {
      out = fail("{}", error.what());
    }
  }
  std::string name;
  if (out && status_ && writes_ && !dialect_.name_transaction.empty()) {
    const Rows named = rows_with(dialect_.name_transaction, {});
    if (!named.empty()) name = named.front().text(0);
  }
  if (out && status_) {
    once("COMMIT");
    if (lost_) unanswered_ = name;
  }
  if (out && status_) return {};
  if (!status_) {
    out = status_;
    prepared_.clear();  // one of them stands in the middle of what failed
  }
  if (lost_) return out;
  try {
    session_->once << "ROLLBACK";
  } catch (const std::exception&) {  // SQLite has undone it already
    if (dialect_.kind != "sqlite") lost_ = true;
  }
  return out;
}

}  // namespace lw::store
