#include "simulate/texts.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

namespace lw::simulate {
namespace {

// What the code names. A list that another list's slot names is checked when it is drawn from.
constexpr std::array<std::string_view, 37> kNeeded{
    "chat", "chat_short", "chat_near_miss", "chat_raid", "chat_red_packet", "chat_chant", "chat_campus",
    "chat_bot_template", "chat_bot_base", "chat_bot_tail", "spam_ad", "speech", "speech_near_miss", "speech_scarce_true",
    "screen", "screen_near_miss", "false_claim", "absolute_term", "medical_claim", "false_scarcity", "lowest_price",
    "divert_host_speech", "divert_host_screen", "divert_qr_screen", "divert_viewer", "divert_viewer_homophone",
    "review", "review_poor", "review_hired_base", "review_hired_tail", "review_cash_back", "return_reason", "gift",
    "manufacturer", "manufacturer_address", "brand", "referrer"};

std::size_t rune_length(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4; }

std::vector<std::string_view> runes(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = rune_length(static_cast<unsigned char>(text[at]));
    out.push_back(text.substr(at, length));
    at += length;
  }
  return out;
}

bool is_ascii(std::string_view rune) { return rune.size() == 1; }

// U+FF01…U+FF5E stand in ASCII's order.
void append_full_width(std::string& out, char c) {
  if (c <= 0x20 || c > 0x7e) {
    out.push_back(c);
    return;
  }
  const unsigned point = 0xff00u + static_cast<unsigned>(c) - 0x20u;
  out.push_back(static_cast<char>(0xe0 | (point >> 12)));
  out.push_back(static_cast<char>(0x80 | ((point >> 6) & 63)));
  out.push_back(static_cast<char>(0x80 | (point & 63)));
}

Result<std::int64_t> bound(const YAML::Node& node, std::size_t index) {
  if (!node.IsSequence() || node.size() != 2) return fail("expected [low, high]");
  return node[index].as<std::int64_t>();
}

}  // namespace

Result<Evasion> parse_evasion(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Evasion>, 7> kAll{{{"plain", Evasion::kPlain},
                                                                     {"zero-width", Evasion::kZeroWidth},
                                                                     {"punctuation", Evasion::kPunctuation},
                                                                     {"full-width", Evasion::kFullWidth},
                                                                     {"traditional", Evasion::kTraditional},
                                                                     {"lookalike", Evasion::kLookalike},
                                                                     {"split", Evasion::kSplit}}};
  for (const auto& [key, value] : kAll)
    if (key == name) return value;
  return fail("unknown evasion '{}': plain, zero-width, punctuation, full-width, traditional, lookalike or split", name);
}

Result<Texts> Texts::load(const std::string& path) {
  Texts out;
  try {
    const YAML::Node root = YAML::LoadFile(path);
    for (const auto& entry : root["lines"]) out.lists_[entry.first.as<std::string>()] = entry.second.as<std::vector<std::string>>();
    for (const auto& entry : root["traditional"]) out.traditional_[entry.first.as<std::string>()] = entry.second.as<std::string>();
    for (const auto& entry : root["lookalikes"]) out.lookalikes_[entry.first.as<std::string>()] = entry.second.as<std::string>();
    for (const auto& category : root["catalogue"]) {
      auto& wares = out.wares_[category.first.as<std::string>()];
      for (const auto& node : category.second) {
        const auto low = bound(node["price"], 0), high = bound(node["price"], 1);
        const auto light = bound(node["weight"], 0), heavy = bound(node["weight"], 1);
        if (!low || !high || !light || !heavy)
          return fail("{}: catalogue.{}: price and weight must be [low, high]", path, category.first.as<std::string>());
        wares.push_back({node["title"].as<std::string>(), *low, *high, *light, *heavy});
      }
      if (wares.empty()) return fail("{}: catalogue.{} has no goods", path, category.first.as<std::string>());
    }
  } catch (const YAML::Exception& e) {
    return tl::make_unexpected(Error{e.msg,
                                     {path, static_cast<std::uint32_t>(e.mark.line + 1), static_cast<std::uint32_t>(e.mark.column + 1)}, {}});
  }
  for (const std::string_view name : kNeeded)
    if (!out.has(name)) return fail("{}: lines.{} is missing", path, name);
  for (const auto& [name, lines] : out.lists_)
    if (lines.empty()) return fail("{}: lines.{} is empty", path, name);
  return out;
}

const std::vector<std::string>& Texts::lines(std::string_view name) const {
  static const std::vector<std::string> kNone{""};
  const auto found = lists_.find(name);
  return found == lists_.end() ? kNone : found->second;
}

const std::vector<Ware>& Texts::wares(std::string_view category) const { return wares_.find(category)->second; }

std::string Texts::compose(std::string_view list, Rng& rng, Arguments arguments, Evasion evasion) const {
  const auto& all = lines(list);
  const std::string* line = &all[rng.below(all.size())];
  // Full width touches only ASCII: take a line whose span holds some, if there is one.
  for (int tries = 0; evasion == Evasion::kFullWidth && tries < 40; ++tries) {
    const std::size_t from = line->find("[["), to = line->find("]]");
    if (from != std::string::npos && to != std::string::npos &&
        std::any_of(line->begin() + static_cast<std::ptrdiff_t>(from) + 2, line->begin() + static_cast<std::ptrdiff_t>(to),
                    [](char c) { return c > 0x20 && c < 0x7f && c != '{' && c != '}'; }))
      break;
    line = &all[rng.below(all.size())];
  }
  return fill(*line, rng, arguments, evasion);
}

void Texts::append_slot(std::string& out, std::string_view slot, Rng& rng, Arguments arguments) const {
  for (const auto& [name, value] : arguments) {
    if (name == slot) {
      out += value;
      return;
    }
  }
  if (slot == "n") {
    out += fmt::format("{}", rng.range(2, 99));
  } else if (slot == "id") {  // a made-up contact: letters, then digits
    for (int i = 0; i < 3; ++i) out.push_back("abcdefghkmnpqrstwxyz"[rng.below(20)]);
    out += fmt::format("{}", rng.range(1000, 999999));
  } else {
    out += compose(slot, rng, arguments);
  }
}

std::string Texts::fill(std::string_view line, Rng& rng, Arguments arguments, Evasion evasion) const {
  std::string out, span;
  bool inside = false;
  for (std::size_t at = 0; at < line.size();) {
    std::string& to = inside ? span : out;
    if (line.compare(at, 2, "[[") == 0) {
      inside = true;
      at += 2;
    } else if (line.compare(at, 2, "]]") == 0) {
      out += disguise(span, rng, evasion);
      span.clear();
      inside = false;
      at += 2;
    } else if (const std::size_t end = line[at] == '{' ? line.find('}', at) : std::string_view::npos;
               end != std::string_view::npos) {
      append_slot(to, line.substr(at + 1, end - at - 1), rng, arguments);
      at = end + 1;
    } else {
      to.push_back(line[at++]);
    }
  }
  return out;
}

std::string Texts::disguise(std::string_view span, Rng& rng, Evasion evasion) const {
  static const std::array<std::string_view, 3> kInvisible{"\u200b", "\u200c", "\u2060"};
  static const std::array<std::string_view, 6> kMarks{".", "·", "*", "-", "~", "、"};
  static const std::array<std::string_view, 3> kGaps{" ", "  ", "\u3000"};
  const auto parts = runes(span);
  const std::string_view mark = kMarks[rng.below(kMarks.size())], gap = kGaps[rng.below(kGaps.size())];
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view rune = parts[i];
    if (i > 0 && evasion == Evasion::kZeroWidth) out += kInvisible[rng.below(kInvisible.size())];
    if (i > 0 && evasion == Evasion::kPunctuation) out += mark;
    if (i > 0 && evasion == Evasion::kSplit) out += gap;
    const auto* map = evasion == Evasion::kTraditional ? &traditional_ : evasion == Evasion::kLookalike ? &lookalikes_ : nullptr;
    const auto found = map ? map->find(rune) : decltype(map->find(rune)){};
    if (evasion == Evasion::kFullWidth && is_ascii(rune)) {
      append_full_width(out, rune[0]);
    } else if (map && found != map->end()) {
      out += found->second;
    } else {
      out += rune;
    }
  }
  return out;
}

}  // namespace lw::simulate
