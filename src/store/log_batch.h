// Events on their way to the event log, sorted by how long they are kept; and events read from it, in order again.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/time.h"

namespace lw::store {

// The first day on which an event may be removed, in days since 1970, by the terms of whoever writes.
inline constexpr std::uint32_t kForEver = 0xffffffff;

// An event's name: what find() and a hold go by.
inline Key128 event_name(std::string_view source, std::string_view id) { return hash128(id, hash64(source)); }

// Accepted events in order, numbered on from `first`.
struct LogBatch {
  // Those that are kept for the same reason and equally long lie together.
  struct Piece {
    std::string term;    // the reason: a term's id; empty if there is none
    std::uint32_t until = kForEver;
    Time earliest{std::numeric_limits<std::int64_t>::max()}, latest;
    std::vector<std::uint32_t> places;  // of each event in the batch, ascending
    std::vector<Key128> names;
    std::string lines;   // each with '\n' behind it
  };

  std::uint64_t first = 0;
  std::uint32_t size = 0;  // events
  std::size_t bytes = 0;   // of lines
  std::vector<Piece> pieces;
  std::string mark;        // where the inputs stood behind the last of them; not looked into

  std::uint64_t end() const { return first + size; }

  void add(std::string_view line, const Key128& name, Time time, std::string_view term = {}, std::uint32_t until = kForEver) {
    Piece& piece = piece_of(term, until);
    piece.places.push_back(size++);
    piece.names.push_back(name);
    piece.lines += line;
    piece.lines += '\n';
    if (time < piece.earliest) piece.earliest = time;
    if (time > piece.latest) piece.latest = time;
    bytes += line.size() + 1;
  }

 private:
  // A few at most: those of the day's events, and of some late ones.
  Piece& piece_of(std::string_view term, std::uint32_t until) {
    for (Piece& piece : pieces) {
      if (piece.until == until && piece.term == term) return piece;
    }
    Piece& piece = pieces.emplace_back();
    piece.term = term;
    piece.until = until;
    return piece;
  }
};

// A batch as it is read: without the events that were removed.
struct LogEvents {
  std::uint64_t first = 0, end = 0;     // numbers of all that it had
  std::vector<std::uint64_t> numbers;   // of those that are there
  std::vector<Key128> names;            // of each
  std::string lines;                    // each with '\n' behind it
  std::string mark;
};

}  // namespace lw::store
