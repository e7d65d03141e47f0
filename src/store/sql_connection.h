// One connection to SQLite or PostgreSQL on SOCI: prepared statements that are kept, transactions that end whole or not at all.
#pragma once

#include <soci/soci.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/database.h"

namespace lw::store {

// What differs between the two stores.
struct Dialect {
  std::string kind;
  std::function<void(soci::session&, bool writes)> connect;  // throws what SOCI throws
  std::string begin_write, begin_read;
  std::string has_meta;          // finds a row once table `meta` is there
  std::string name_transaction;  // gives the transaction's name, so that it can be asked after when nobody answered its COMMIT
  std::string fate;              // of the transaction :name: "committed", "aborted", or another while it goes on
};

class Connection final : public Session {
 public:
  Connection(const Dialect& dialect, bool writes);  // connects when it is first used
  ~Connection() override;

  // Connects unless it is connected.
  Status ready();
  // One transaction, undone unless `body` and all of its statements succeeded.
  Status transact(const std::function<Status(Session&)>& body);
  // After a failure: the connection is gone, and with it all that was not committed.
  bool lost() const { return lost_; }
  // After a loss: the name of the transaction whose COMMIT nobody answered, or empty. It may have been committed.
  const std::string& unanswered() const { return unanswered_; }
  // Whether it was; an error while that is not settled.
  Result<bool> was_committed(const std::string& name);

  std::uint64_t run_with(std::string_view sql, const std::vector<Value>& values) override;
  Rows rows_with(std::string_view sql, const std::vector<Value>& values) override;
  const Status& status() const override { return status_; }
  Status attempt(const std::function<Status()>& body) override;

 private:
  struct Prepared;
  Prepared& prepare(std::string_view sql, const std::vector<Value>& values, bool reads);
  void failed(std::string_view sql, const std::exception& error);
  void once(const std::string& sql);

  const Dialect& dialect_;
  bool writes_;
  std::unique_ptr<soci::session> session_;
  std::unordered_map<std::string, std::unique_ptr<Prepared>> prepared_;  // by text and kinds of its values; of this session
  Status status_;
  bool lost_ = false;
  bool misfit_ = false;  // status_ is of what was given, not of the store
  std::string unanswered_;
};

}  // namespace lw::store
