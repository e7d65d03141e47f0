#include "simulate/attacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simulate/texts.h"

namespace lw::simulate {
namespace {

const std::vector<AttackKind>& kinds() {
  static const std::vector<AttackKind> kAll{
      {"viewers", {"device-farm", "proxy-few-devices", "proxy-spoofed", "slow-drip", "mixed"}, true, false, nullptr, act_viewers},
      {"likes", {"clicker", "crowd"}, true, false, nullptr, act_likes},
      {"follows", {"burst", "drip"}, true, false, nullptr, act_follows},
      {"chat", {"copy", "template", "near-duplicate"}, true, false, nullptr, act_chat},
      {"spam", {"ads"}, true, false, nullptr, act_spam},
      {"brushing", {"refund-loop", "empty-parcel", "shared-payer", "mixed"}, true, false, nullptr, act_brushing},
      {"reviews", {"hired", "cash-back", "undelivered"}, true, false, nullptr, act_reviews},
      {"tips", {"funded-by-host", "payout-cycle", "refund-by-host", "refund-alone", "unverified"}, true, false, nullptr, act_tips},
      {"minors", {"age-band", "birth-date"}, true, false, nullptr, act_minors},
      {"false-claim", {"speech", "screen", "title"}, false, true, prepare_words, act_false_claim},
      {"absolute-term", {"speech", "screen", "title"}, false, true, prepare_words, act_absolute_term},
      {"medical-claim", {"speech", "screen", "title"}, false, true, prepare_words, act_medical_claim},
      {"goods", {"no-manufacturer", "no-address", "no-certificate", "no-dates", "nothing"}, false, false, prepare_goods, act_goods},
      {"price", {"fictitious-original", "settlement", "scarcity", "lowest"}, false, false, prepare_price, act_price},
      {"inflation", {"audience", "likes", "followers", "sales"}, true, false, nullptr, act_inflation},
      {"pk", {"over-limit", "late"}, false, false, nullptr, act_pk},
      {"divert-host", {"speech", "screen", "qr"}, false, true, nullptr, act_divert_host},
      {"divert-viewer", {"chat", "homophone"}, false, true, nullptr, act_divert_viewer},
  };
  return kAll;
}

struct SpikeKind {
  std::string_view name;
  std::int64_t share_percent;
};
constexpr std::array<SpikeKind, 10> kSpikes{{{"raid", 50},
                                            {"red-packet", 40},
                                            {"flash-sale", 40},
                                            {"campus", 40},
                                            {"high-return", 0},
                                            {"chant", 40},
                                            {"phone-shop", 15},
                                            {"internet-cafe", 20},
                                            {"group-buy", 5},
                                            {"pk-edge", 0}}};

}  // namespace

const AttackKind* find_attack(std::string_view name) {
  const auto& all = kinds();
  const auto found = std::find_if(all.begin(), all.end(), [&](const AttackKind& kind) { return kind.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string_view> attack_names() {
  std::vector<std::string_view> out;
  for (const AttackKind& kind : kinds()) out.push_back(kind.name);
  return out;
}

Status check_shape(const AttackKind& kind, std::string_view shape) {
  std::string_view base = shape;
  if (kind.worded) {
    const std::size_t dash = shape.find('-');
    if (dash == std::string_view::npos) return fail("'{}' must name a medium and an evasion, such as {}-plain", shape, kind.shapes.front());
    base = shape.substr(0, dash);
    if (const auto evasion = parse_evasion(shape.substr(dash + 1)); !evasion) return tl::make_unexpected(evasion.error());
  }
  if (std::find(kind.shapes.begin(), kind.shapes.end(), base) != kind.shapes.end()) return {};
  return fail("'{}' has no shape '{}'; known: {}", kind.name, base, fmt::join(kind.shapes, ", "));
}

bool known_spike(std::string_view name) {
  return std::any_of(kSpikes.begin(), kSpikes.end(), [&](const SpikeKind& spike) { return spike.name == name; });
}

std::vector<std::string_view> spike_names() {
  std::vector<std::string_view> out;
  for (const SpikeKind& spike : kSpikes) out.push_back(spike.name);
  return out;
}

std::int64_t spike_share_percent(std::string_view name) {
  for (const SpikeKind& spike : kSpikes)
    if (spike.name == name) return spike.share_percent;
  return 0;
}

}  // namespace lw::simulate
