// For tests: a database with people in it, one of each role that their bodies have, who all have the same password.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "desk/passwords.h"
#include "desk/people.h"
#include "desk/records.h"
#include "store/scratch_database.h"

namespace lw::desk {

inline constexpr std::string_view kPassword = "correct horse battery";
inline constexpr Time kMorning{1'772'326'800'000'000'000};  // 2026-03-01T09:00:00+08:00

class ScratchPeople {
 public:
  ScratchPeople() : db_(scratch_.open()) {}

  store::Database& db() { return *db_; }
  const std::string& folder() const { return scratch_.folder(); }

  // A person who took their password up.
  Actor add(const std::string& name, const std::string& body, Role role) {
    Actor actor;
    run([&](store::Session& session) { actor = add(session, name, body, role); });
    return actor;
  }
  static Actor add(store::Session& session, const std::string& name, const std::string& body, Role role) {
    static const std::string hash = hash_password(kPassword).value();
    const Actor actor{"person/" + name, body, role, {}, session.next("person")};
    session.run("INSERT INTO person (id, name, shown, body, role, password, totp, totp_used, state, failures, locked_until, made)"
                " VALUES (:id, :name, :shown, :body, :role, :password, '', 0, 'active', 0, 0, :made)",
                actor.person, name, name, body, name_of(role), hash, millis(kMorning));
    return actor;
  }

  template <class Body>
  void run(const Body& body) {
    const Status done = db_->write([&](store::Session& session) -> Status {
      body(session);
      return session.status();
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  template <class... Values>
  void sql(std::string_view text, const Values&... values) {
    run([&](store::Session& session) { session.run(text, values...); });
  }
  template <class... Values>
  store::Rows rows(std::string_view text, const Values&... values) {
    store::Rows out;
    const Status done = db_->read([&](store::Session& session) -> Status {
      out = session.rows(text, values...);
      return session.status();
    });
    EXPECT_TRUE(done) << done.error().message;
    return out;
  }
  template <class... Values>
  std::int64_t number(std::string_view text, const Values&... values) {
    const auto found = rows(text, values...);
    return found.empty() ? -1 : found.front().number(0);
  }

 private:
  store::ScratchDatabase scratch_;
  std::unique_ptr<store::Database> db_;
};

// Why it was refused; empty: it was not.
template <class T>
std::string refused(const Answer<T>& answer) {
  constexpr std::string_view kNames[] = {"invalid", "unknown", "forbidden", "not found", "conflict", "too many", "failed", "away"};
  return answer ? std::string() : std::string(kNames[static_cast<std::size_t>(answer.error().why)]);
}

}  // namespace lw::desk
