// The keys and values of the event log's database: docs/formats/event-log.md.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/log_batch.h"

namespace lw::store::codec {

// Big-endian: in the order of bytes keys are in the order of numbers.
std::string key_of(std::uint64_t number);
std::uint64_t number_of(std::string_view key);

// Of a piece: day, number of the batch's first event, term.
std::string piece_key(std::uint32_t until, std::uint64_t first, std::string_view term = {});
std::uint32_t day_of(std::string_view piece_key);
std::uint64_t first_of(std::string_view piece_key);

// What is known of a batch and its pieces, whether they are there or not.
struct BatchRecord {
  struct Piece {
    std::string term;
    std::uint32_t until = kForEver, events = 0;
    std::uint64_t bytes = 0;  // of lines
    Time earliest, latest;
  };
  std::string mark;
  std::uint32_t size = 0;
  Time latest;  // of all events up to its end
  std::vector<Piece> pieces;
};
std::string record_of(const LogBatch& batch, Time latest);
bool read_record(std::string_view value, BatchRecord& out);

// A piece's names with their places in the batch.
std::string names_of(const LogBatch::Piece& piece);
bool read_names(std::string_view value, std::vector<std::uint32_t>& places, std::vector<Key128>& names);
// Whether there is a name among them of which `is_one` says so; empty: they cannot be read.
template <class IsOne>
std::optional<bool> any_name(std::string_view value, const IsOne& is_one) {
  constexpr std::size_t kPlace = sizeof(std::uint32_t);
  const std::size_t count = value.size() / (kPlace + sizeof(Key128));
  if (value.size() != count * (kPlace + sizeof(Key128))) return std::nullopt;
  for (const char* at = value.data() + count * kPlace; at != value.data() + value.size(); at += sizeof(Key128)) {
    Key128 name;
    std::memcpy(&name, at, sizeof name);
    if (is_one(name)) return true;
  }
  return false;
}

}  // namespace lw::store::codec
