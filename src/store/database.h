// The relational store of the service: SQLite in the data folder, or PostgreSQL by an address. One process uses it: all writes
// go through one session, one transaction at a time, reads through several, so that both stores behave alike.
//
//   auto db = Database::open("sqlite:/var/lib/livewarden/desk.sqlite");
//   Status done = (*db)->write([&](Session& s) -> Status {
//     if (s.run("UPDATE case_file SET owner = :owner WHERE id = :id AND owner = ''", "li", 17) == 0) return fail("somebody has it");
//     return {};
//   });
//
// SQL is one dialect that both know. Values are bound by position, whatever the names after the colons; a NUL in a text is kept as
// U+FFFD. Only this folder sees SOCI.
#pragma once

#include <charconv>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace lw::store {

// A bound value: a text or an integer. There are no NULLs in the schema.
class Value {
 public:
  Value(std::string_view text) : text_(text) {}
  Value(const std::string& text) : text_(text) {}
  Value(const char* text) : text_(text) {}
  template <class T>
    requires std::is_integral_v<T>
  Value(T number) : number_(static_cast<std::int64_t>(number)), is_number_(true) {}

  bool is_number() const { return is_number_; }
  std::int64_t number() const { return number_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::int64_t number_ = 0;
  bool is_number_ = false;
};

// One row of a result. Columns by their order in the SELECT. A column is asked for as what it is: of a sum or a count, SQLite does not
// tell that it is a number. NULL, as the sum of nothing, is 0 or "".
class Row {
 public:
  std::int64_t number(std::size_t column) const {
    const Value& value = columns_[column];
    std::int64_t out = value.number();
    if (!value.is_number()) std::from_chars(value.text().data(), value.text().data() + value.text().size(), out);
    return out;
  }
  const std::string& text(std::size_t column) const { return columns_[column].text(); }
  std::size_t size() const { return columns_.size(); }
  void add(Value value) { columns_.push_back(std::move(value)); }

 private:
  std::vector<Value> columns_;
};
using Rows = std::vector<Row>;

// A transaction that goes on: valid within the call that it was given to. The first statement that fails decides: those behind it
// do nothing and find nothing, and the transaction ends with its error whatever its body returns. So nobody has to ask after each.
class Session {
 public:
  virtual ~Session() = default;

  // How many rows it changed.
  template <class... Values>
  std::uint64_t run(std::string_view sql, const Values&... values) {
    return run_with(sql, {Value(values)...});
  }
  template <class... Values>
  Rows rows(std::string_view sql, const Values&... values) {
    return rows_with(sql, {Value(values)...});
  }
  virtual std::uint64_t run_with(std::string_view sql, const std::vector<Value>& values) = 0;
  virtual Rows rows_with(std::string_view sql, const std::vector<Value>& values) = 0;
  virtual const Status& status() const = 0;  // of the first that failed
  // A part that may fail alone: where it is the part's own fault (`body` fails or throws, a value does not fit where it stands), what it did is
  // undone and the transaction goes on. Where it is the store's, the transaction fails; status() tells which.
  virtual Status attempt(const std::function<Status()>& body) = 0;

  // The next number of that counter, from 1. In a write only.
  std::uint64_t next(std::string_view counter);
};

class Database {
 public:
  // `place`: "sqlite:PATH" (made if it is not there), or "postgresql://user@host:port/name". Brings the schema to the newest
  // version, and refuses one from a newer program, and a PostgreSQL database that another process uses. `readers`: sessions for
  // reads, at most so many at a time.
  static Result<std::unique_ptr<Database>> open(const std::string& place, std::size_t readers = 4);
  // For another process than the one that uses it: takes no lock and changes nothing. Refuses a schema of another version than its own.
  static Result<std::unique_ptr<Database>> open_to_read(const std::string& place);
  virtual ~Database() = default;

  // A consistent copy of the database there as the file `path`, while others write; of PostgreSQL by its own tool, pg_dump. And the way
  // back, into a database that is empty: of SQLite, whose file is not there.
  static Status backup(const std::string& place, const std::string& path);
  static Status restore(const std::string& place, const std::string& path);

  // A transaction; it is undone if a statement or `body` fails. Where the connection was lost before it was committed, it is made
  // anew and the whole tried again for some seconds: `body` may run more than once, and counts once. From any thread, but not from
  // within another.
  virtual Status write(const std::function<Status(Session&)>& body) = 0;
  // A consistent view, in which nothing can be changed. From any thread; several at a time.
  virtual Status read(const std::function<Status(Session&)>& body) = 0;

  virtual std::string kind() const = 0;  // "sqlite", "postgresql"
};

// Whether a transaction failed because the store does not answer or has no room: nothing is wrong with it, and it may be asked again.
bool is_away(const Error& error);

}  // namespace lw::store
