#include "engine/values.h"

#include "base/bytes.h"
#include "cel/collection.h"

namespace lw::engine {
namespace {

constexpr int kMaxNesting = 64;

bool take_nested(std::string_view& in, cel::Arena& arena, cel::Value& value, int nesting);

bool take_list(std::string_view& in, cel::Arena& arena, cel::Value& value, int nesting) {
  std::uint32_t size = 0;
  if (!take(in, size)) return false;
  cel::ListBuilder list(arena);
  for (std::uint32_t i = 0; i < size; ++i) {
    cel::Value item;
    if (!take_nested(in, arena, item, nesting)) return false;
    list.add(item);
  }
  value = list.finish();
  return true;
}

bool take_map(std::string_view& in, cel::Arena& arena, cel::Value& value, int nesting) {
  std::uint32_t size = 0;
  if (!take(in, size)) return false;
  cel::MapBuilder map(arena);
  for (std::uint32_t i = 0; i < size; ++i) {
    cel::Value key, item;
    if (!take_nested(in, arena, key, nesting) || !take_nested(in, arena, item, nesting)) return false;
    map.add(key, item);
  }
  value = map.finish();
  return true;
}

bool take_nested(std::string_view& in, cel::Arena& arena, cel::Value& value, int nesting) {
  using cel::Kind;
  Kind kind{};
  if (nesting > kMaxNesting || !take(in, kind)) return false;
  value = {};
  switch (kind) {
    case Kind::kAbsent: return true;
    case Kind::kNull: value = cel::Value::null(); return true;
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDouble:
    case Kind::kTimestamp:
    case Kind::kDuration:
      value.kind = kind;
      if (!take(in, value.size) || !take(in, value.integer)) return false;
      if (kind == Kind::kBool) value = cel::Value::of(value.integer != 0);
      return true;
    case Kind::kString:
    case Kind::kBytes: {
      std::string_view text;
      if (!take_text(in, text)) return false;
      value = kind == Kind::kString ? cel::Value::of_string(text) : cel::Value::of_bytes(text);
      return true;
    }
    case Kind::kList: return take_list(in, arena, value, nesting + 1);
    case Kind::kMap: return take_map(in, arena, value, nesting + 1);
    default: return false;
  }
}

}  // namespace

void put_value(std::string& out, const cel::Value& value) {
  using cel::Kind;
  switch (value.kind) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDouble:
    case Kind::kTimestamp:
    case Kind::kDuration: {
      put(out, value.kind);
      put(out, value.size);
      put(out, value.is(Kind::kBool) ? std::int64_t{value.boolean} : value.integer);
      break;
    }
    case Kind::kString:
    case Kind::kBytes:
      put(out, value.kind);
      put_text(out, value.text());
      break;
    case Kind::kList:
      put(out, value.kind);
      put(out, value.list->size);
      for (const cel::Value& item : value.list->span()) put_value(out, item);
      break;
    case Kind::kMap:
      put(out, value.kind);
      put(out, value.map->size);
      for (const cel::Map::Entry& entry : value.map->span()) put_value(out, entry.key), put_value(out, entry.value);
      break;
    case Kind::kNull: put(out, Kind::kNull); break;
    default: put(out, Kind::kAbsent);
  }
}

bool take_value(std::string_view& in, cel::Arena& arena, cel::Value& value) {
  return take_nested(in, arena, value, 0);
}

}  // namespace lw::engine
