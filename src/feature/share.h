// How many of a window's events fall to its most frequent values. Exact up to `cap` values; then Space-Saving: a new value
// takes the place of the least frequent one and goes on from its count, so that a count is off by at most events / cap.
#pragma once

#include <cstdint>
#include <string>

#include "cel/arena.h"
#include "cel/value.h"
#include "feature/array.h"
#include "feature/codec.h"
#include "feature/datum.h"
#include "feature/hash_index.h"
#include "feature/state.h"

namespace lw::feature {

class ShareCell {
 public:
  void add(const Spec& spec, std::int64_t, const Datum& datum, const Origin&) { add(spec, datum); }
  std::uint32_t add(const Spec& spec, const Datum& datum) { return raise(spec, identity(spec.value, datum), 1); }
  void remove(std::uint32_t place, std::uint64_t events);

  cel::Value read(const Spec& spec, Time, cel::Arena&) const;
  bool fresh() const { return events_ == 0; }
  bool approximate() const { return replaced_; }
  void clear();
  void merge(const Spec& spec, ShareCell& earlier);
  void save(const Spec&, std::string& out);
  void load(const Spec& spec, Reader& in);
  std::size_t heap_bytes() const { return items_.heap_bytes() + order_.heap_bytes() + index_.heap_bytes(); }

  // A place is the number of an item; saved, its rank.
  std::uint32_t saved_place(std::uint32_t place) const { return items_[place].saved; }
  std::uint32_t place_limit() const { return items_.size(); }
  std::uint64_t events_at(std::uint32_t place) const { return items_[place].events; }
  std::uint64_t events() const { return events_; }

 private:
  struct Item {
    std::uint64_t hash, events;  // no events: free
    std::uint32_t rank, saved;
  };
  std::uint32_t find(std::uint64_t hash) const;
  std::uint32_t raise(const Spec& spec, std::uint64_t hash, std::uint64_t events);
  std::uint32_t enter(std::uint64_t hash);
  std::uint32_t replace_least(std::uint64_t hash);
  void index(std::uint32_t item);
  void set_events(std::uint32_t item, std::uint64_t events);
  void put_at(std::uint32_t rank, std::uint32_t item) {
    order_[rank] = item;
    items_[item].rank = rank;
  }

  Array<Item> items_;
  Array<std::uint32_t> order_;  // items with events, the most frequent first; of equal ones any order
  HashIndex index_;
  std::uint64_t events_ = 0;
  std::uint32_t free_ = HashIndex::kNone;  // the first free item; its `rank` is the next
  bool replaced_ = false;
};

}  // namespace lw::feature
