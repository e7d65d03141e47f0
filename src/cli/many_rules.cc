#include "cli/many_rules.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace lw::cli {
namespace {

// A real rule with its threshold taken out: '#' is `least`, `least` + 1, … in the rules made of it.
struct Pattern {
  int share;  // rules of a hundred: as many as the shipped pack has on these types of event
  const char* on;
  const char* when;
  const char* target;
  int least;
};

constexpr const char* kHostSide = " && (derived.host_side || session.?roster.orValue('').contains(',' + event.account + ','))";

constexpr Pattern kPatterns[] = {
    {4, "live.speech.transcribed, live.screen.recognised, live.product.listed, live.chat.posted",
     "text.absolute_strong.size() > #@", "room", 20},
    {5, "live.speech.transcribed, live.screen.recognised, live.product.listed",
     "(text.medical_claims.size() > # || text.diseases.size() > #)@ && event.?confidence.orValue(1.0) >= params.claim_minimum_confidence", "room", 20},
    {3, "live.speech.transcribed, live.screen.recognised", "text.dangerous_words.size() > #", "room", 20},
    {3, "live.speech.transcribed, live.screen.recognised", "text.vulgar_words.size() > 0 && session.vulgar_lines_10m >= #", "room", 500},
    {2, "live.speech.transcribed", "text.scarcity.size() > 0 && session.scarcity_30m >= #", "room", 500},
    {3, "live.chat.posted", "text.spam_bait.size() > 0 && account.baits_10m >= #", "account", 500},
    {3, "live.chat.posted", "text.abuse_words.size() > 0 && room_account.abuse_lines_5m >= # && !derived.host_side", "account", 500},
    {2, "live.chat.posted", "room_batch.parrots_1h >= # && room_account.long_lines_1h >= params.parrot_lines", "room", 500},
    {3, "live.product.listed", "product.raises_7d > # && event.original_amount > event.amount && double(event.original_amount) > double(product.asked_before) * (1.0 + params.price_raise)",
     "product", 50},
    {3, "live.product.listed", "event.original_amount > event.amount && double(event.original_amount) > double(product.asked_highest) * #.5", "product", 20},
    {5, "live.product.listed", "event.category.startsWith('food') && product.submissions > 0 && event.amount > #", "product", 90'000'000},
    {3, "live.gift.sent", "event.amount > # || account.tips_day > # || account.tips_month > #", "account", 900'000'000},
    {3, "live.gift.sent", "room_device.tippers_1d >= #", "room", 500},
    {3, "live.gift.sent", "account_host.refunds_7d >= # && account.payer == host_account.payee", "account", 500},
    {4, "live.order.placed", "order.unseen && merchant_device.unseen_buyers_7d >= #", "merchant", 5'000},
    {3, "live.order.placed", "merchant.ring_orders_1d >= #", "merchant", 50'000},
    {6, "live.session.started", "has(event.host) && host_account.face_failures_30d > #", "host", 50},
    {4, "live.audience.reported", "session.joins > 0 && double(event.online) > #.0 * double(session.joins) + double(params.shown_slack)", "room", 500},
    {3, "live.review.posted", "merchant_opening.praisers >= # && event.rating >= params.praise", "merchant", 5'000},
    {2, "live.viewer.joined, live.follow.added", "room_device.young_2h >= #", "room", 500},
    {1, "live.viewer.joined", "room_net.young_1h >= # && room_net.addresses_1h >= params.pool_addresses", "room", 5'000},
    {4, "live.frame.detected", "event.labels.exists(l, type(l) == map && l.label == 'smoking' && l.score >= #.5)", "room", 1},
    {8, "live.page.captured, live.room.described", "event.hops > #", "room", 50},
    {8, "live.report.filed, live.report.answered, live.notice.received", "product.complaints_7d >= #", "product", 50'000},
    {8, "live.product.submitted, live.platform.registered, live.record.stored", "event.retain_until < event.time - duration('#h')", "platform", 90'000},
    {4, "live.payout.made, live.permission.changed", "account.received > #", "account", 900'000'000},
};

const Pattern& pattern_at(int percent) {
  for (const Pattern& pattern : kPatterns)
    if ((percent -= pattern.share) < 0) return pattern;
  return kPatterns[0];
}

std::string with_threshold(std::string_view when, std::size_t threshold) {
  std::string text;
  for (const char c : when) {
    if (c == '#') text += fmt::to_string(threshold);
    else if (c == '@') text += kHostSide;
    else text += c;
  }
  return text;
}

std::string generated(std::size_t count) {
  std::string text = "rules:\n";
  for (std::size_t i = 0; i < count; ++i) {
    const Pattern& pattern = pattern_at(static_cast<int>(i * 37 % 100));  // 37: any ten rules in turn are ten kinds
    text += fmt::format(
        "  - id: generated/r{}\n"
        "    obligation: measurement\n"
        "    violation: false-claim\n"
        "    title: {{zh: 测量, en: a measurement}}\n"
        "    duty: {{zh: 测量, en: a measurement}}\n"
        "    on: [{}]\n"
        "    when: \"{}\"\n"
        "    target: {}\n"
        "    severity: low\n"
        "    basis: [{{instrument: 测量, article: \"1\", known: S, from: 2020-01-01}}]\n"
        "    lead: samr\n"
        "    actions: [warn]\n"
        "    message: {{zh: 测量, en: a measurement}}\n"
        "    tests:\n"  // asked for by the loader, run by nobody
        "      - {{name: one, events: [{{at: \"10:00:00\", type: live.session.ended, room: r1, session: s1}}], expect: [{{target: room/r1}}]}}\n"
        "      - {{name: two, events: [{{at: \"10:00:00\", type: live.session.ended, room: r1, session: s1}}], expect: []}}\n",
        i, pattern.on, with_threshold(pattern.when, static_cast<std::size_t>(pattern.least) + i / 100), pattern.target);
  }
  return text;
}

// The file without what stands under `rules:`.
std::string without_rules(std::string_view text) {
  std::string kept;
  bool in_rules = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (line[0] != ' ' && line[0] != '#' && line[0] != '\n') in_rules = line.starts_with("rules:");
    if (!in_rules) kept += line;
  }
  return kept;
}

}  // namespace

tl::expected<pack::Loaded, pack::Errors> load_many_rules(std::size_t count) {
  const std::filesystem::path root = pack::shipped_root();
  auto source = pack::read_directory((root / "cn-live-commerce").string());
  if (!source) return tl::make_unexpected(pack::Errors{source.error()});
  for (pack::SourceFile& file : source->files)
    if (file.path.ends_with(".yaml")) file.text = without_rules(file.text);
  source->files.push_back({"generated.yaml", generated(count)});
  return pack::load({std::move(*source)}, {}, [&](const std::string& id) { return pack::read_directory((root / id).string()); });
}

}  // namespace lw::cli
