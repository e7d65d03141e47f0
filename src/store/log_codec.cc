#include "store/log_codec.h"

#include <cstring>

#include "base/bytes.h"

namespace lw::store::codec {
namespace {

template <class T>
void put_big_endian(std::string& out, T number) {
  for (int shift = 8 * (static_cast<int>(sizeof(T)) - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

template <class T>
T take_big_endian(std::string_view in) {
  T number = 0;
  for (std::size_t i = 0; i < sizeof(T) && i < in.size(); ++i) number = static_cast<T>(number << 8 | static_cast<std::uint8_t>(in[i]));
  return number;
}

}  // namespace

std::string key_of(std::uint64_t number) {
  std::string key;
  put_big_endian(key, number);
  return key;
}

std::uint64_t number_of(std::string_view key) { return take_big_endian<std::uint64_t>(key); }

std::string piece_key(std::uint32_t until, std::uint64_t first, std::string_view term) {
  std::string key;
  put_big_endian(key, until);
  put_big_endian(key, first);
  return key.append(term);
}

std::uint32_t day_of(std::string_view piece_key) { return take_big_endian<std::uint32_t>(piece_key); }
std::uint64_t first_of(std::string_view piece_key) { return number_of(piece_key.substr(sizeof(std::uint32_t))); }

std::string record_of(const LogBatch& batch, Time latest) {
  std::string out;
  put_text(out, batch.mark);
  put(out, batch.size);
  put(out, latest.ns);
  put(out, static_cast<std::uint32_t>(batch.pieces.size()));
  for (const LogBatch::Piece& piece : batch.pieces) {
    put_text(out, piece.term);
    put(out, piece.until);
    put(out, static_cast<std::uint32_t>(piece.places.size()));
    put(out, static_cast<std::uint64_t>(piece.lines.size()));
    put(out, piece.earliest.ns);
    put(out, piece.latest.ns);
  }
  return out;
}

bool read_record(std::string_view value, BatchRecord& out) {
  std::string_view mark;
  std::uint32_t pieces = 0;
  if (!take_text(value, mark) || !take(value, out.size) || !take(value, out.latest.ns) || !take(value, pieces)) return false;
  out.mark = mark;
  out.pieces.clear();
  for (std::uint32_t i = 0; i < pieces; ++i) {
    BatchRecord::Piece& piece = out.pieces.emplace_back();
    std::string_view term;
    if (!take_text(value, term) || !take(value, piece.until) || !take(value, piece.events) || !take(value, piece.bytes) ||
        !take(value, piece.earliest.ns) || !take(value, piece.latest.ns)) {
      return false;
    }
    piece.term = term;
  }
  return value.empty();
}

std::string names_of(const LogBatch::Piece& piece) {
  static_assert(sizeof(Key128) == 16);
  const std::size_t places = piece.places.size() * sizeof(std::uint32_t), names = piece.names.size() * sizeof(Key128);
  std::string out(places + names, '\0');
  std::memcpy(out.data(), piece.places.data(), places);
  std::memcpy(out.data() + places, piece.names.data(), names);
  return out;
}

bool read_names(std::string_view value, std::vector<std::uint32_t>& places, std::vector<Key128>& names) {
  constexpr std::size_t kEach = sizeof(std::uint32_t) + sizeof(Key128);
  const std::size_t count = value.size() / kEach;
  if (value.size() != count * kEach) return false;
  places.resize(count);
  names.resize(count);
  if (count == 0) return true;
  std::memcpy(places.data(), value.data(), count * sizeof(std::uint32_t));
  std::memcpy(names.data(), value.data() + count * sizeof(std::uint32_t), count * sizeof(Key128));
  return true;
}

}  // namespace lw::store::codec
