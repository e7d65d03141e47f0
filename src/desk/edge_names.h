// Names in the place of ids at the service's edge, before an event is logged: everything behind it knows people by their names alone.
// Whoever is known keeps the name they have; whoever is new gets one under the newest key of the ring. So history is whole across a
// change of keys, and a key that leaks gives away those alone who came while it was the newest (docs/decisions/0008).
//
// May be used by several threads.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "desk/name_keys.h"
#include "event/pseudonym.h"
#include "store/database.h"

namespace lw::desk {

class EdgeNames {
 public:
  // `folder`: of the keys. What is used outlives this.
  static Result<std::unique_ptr<EdgeNames>> open(std::string folder, store::Database& db, Time now, store::Disk disk = store::Disk());

  // The line with names (event::hide). Fails where the store cannot be asked who is known already: the event is then not accepted.
  Result<std::string_view> hide(std::string_view line, std::string& to, Time now);
  // An id of a request as the service knows it: a person's by their name; what is one already, and any other kind, as it is. `lasts`: it is
  // going to be kept, so that whoever is new gets a name as with an event (settle() follows); else it is looked for alone.
  Result<std::string> hide_id(std::string_view kind, std::string_view id, bool lasts, Time now);
  // "merchant/alpha/m1" as the service knows that body; others as they are. It lasts.
  Result<std::string> hide_body(std::string_view body, Time now);

  // Writes who is new. Before an event is acknowledged that was hidden before: a name that is given out is known from then on.
  Status settle(Time now);

  // A new key, from now on, if the newest is so old.
  Status rotate(Time now, Duration every);
  // Drops the keys, the newest apart, that nobody's name is under any more: what was named so cannot even be guessed now. Gives their ids.
  Result<std::vector<std::string>> retire();
  // After people were deleted: whoever comes again is new.
  void forget();

 private:
  struct Known {
    std::string name, key_id;
    std::int64_t noted = 0;  // when the store was last told that they are there
  };
  struct Sight {
    Known known;
    std::string kind, id;    // to be sealed; empty id: nothing is
  };
  EdgeNames(std::string folder, store::Database& db, store::Disk disk, NameKeys keys)
      : folder_(std::move(folder)), db_(db), disk_(disk), keys_(std::make_shared<const NameKeys>(std::move(keys))) {}

  Result<std::string> name_of(const event::Personal& field, std::string_view id, bool lasts, Time now);
  Result<Known> ask(const NameKeys& keys, std::string_view kind, std::string_view id);
  std::shared_ptr<const NameKeys> keys() const;
  Status replace(std::vector<NamingKey> ring);

  const std::string folder_;
  store::Database& db_;
  const store::Disk disk_;
  std::mutex settling_;   // held while names are written: who waits for it finds them written
  mutable std::mutex mutex_;  // of what follows
  std::shared_ptr<const NameKeys> keys_;
  absl::flat_hash_map<Key128, Known, Key128::Hasher> known_;  // by what they were called; lost when it is full, for the store knows
  std::vector<Sight> sights_;                                 // to be written
};

}  // namespace lw::desk
