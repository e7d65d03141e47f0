// The attributes of a CloudEvents event, and what an Event takes from them where `data` is silent.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "event/event.h"
#include "event/written_key.h"

namespace lw::event {

enum Attribute : std::uint8_t { kSpecVersion, kId, kSource, kType, kTime, kSubject, kData, kOther };

inline Attribute attribute_of(std::string_view name) {
  // Each name's size is a constant here, so that comparing is a load or two.
  const auto is = [name](const auto& text, Attribute which) {
    return std::memcmp(name.data(), text, sizeof text - 1) == 0 ? which : kOther;
  };
  switch (name.size()) {
    case 2: return is("id", kId);
    case 4: return name.front() == 'd' ? is("data", kData) : name[1] == 'y' ? is("type", kType) : is("time", kTime);
    case 6: return is("source", kSource);
    case 7: return is("subject", kSubject);
    case 11: return is("specversion", kSpecVersion);
    default: return kOther;
  }
}

inline constexpr std::array<WrittenKey, kOther + 1> kWrittenAttributes{
    WrittenKey("specversion"), WrittenKey("id"), WrittenKey("source"), WrittenKey("type"), WrittenKey("time"), WrittenKey("subject"), WrittenKey("data"), WrittenKey()};

inline constexpr std::string_view kSpec = "1.0";  // the only specversion there is

// /platforms/{platform}, /departments/{department}, either with more segments behind, or /livewarden; without blanks and
// control characters.
inline bool is_source(std::string_view source) {
  constexpr std::string_view kPlatforms = "/platforms/", kDepartments = "/departments/";
  const std::size_t prefix = source.starts_with(kPlatforms) ? kPlatforms.size() : source.starts_with(kDepartments) ? kDepartments.size() : 0;
  if (prefix == 0) return source == "/livewarden";
  if (source.size() == prefix || source[prefix] == '/') return false;
  for (const char c : source.substr(prefix))
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
  return true;
}
inline constexpr std::string_view kSourceForm = "expected /platforms/{platform}, /departments/{department} or /livewarden";

// "alpha" of "/platforms/alpha" and of "/platforms/alpha/ingest".
inline std::string_view platform_of(std::string_view source) {
  constexpr std::string_view kPrefix = "/platforms/";
  if (!source.starts_with(kPrefix)) return {};
  source.remove_prefix(kPrefix.size());
  return source.substr(0, source.find('/'));
}

// `subject` "room/8" fills `room` where `data` has none, and the source the platform.
inline void fill_from_attributes(Event& out) {
  if (!out.has(field::kRoom) && out.subject.size() > 5 && out.subject.starts_with("room/")) {
    out.set(field::kRoom, cel::Value::of_string(out.subject.substr(5)));
  }
  if (out.has(field::kPlatform)) {
    out.platform = out.get(field::kPlatform).text();
  } else if (out.platform = platform_of(out.source); !out.platform.empty()) {
    out.set(field::kPlatform, cel::Value::of_string(out.platform));
  }
}

// A time of `data`: RFC 3339, or a bare date, which is one of +08:00. What is too far away is the furthest there is.
inline std::optional<Time> read_time(std::string_view text, bool end_of_day) {
  if (text.size() != 10) return parse_rfc3339_clamped(text);
  std::array<char, 20> full;
  text.copy(full.data(), 10);
  std::string_view("T00:00:00Z").copy(full.data() + 10, 10);
  const auto midnight = parse_rfc3339_clamped({full.data(), full.size()});
  if (!midnight) return {};
  const Time start = *midnight - Duration{8 * kHour};
  return end_of_day ? start + Duration{kDay - 1} : start;
}

}  // namespace lw::event
