#include "simulate/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/time.h"

namespace lw::simulate {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Type::kCount)> kNames{
    "live.platform.registered", "live.account.registered", "live.account.verified", "live.host.qualified",
    "live.merchant.registered", "live.licence.filed", "live.product.submitted", 
    "live.brand.authorised", "live.training.completed", "live.endorsement.contracted",
    "live.session.scheduled", "live.roster.filed", "live.preflight.signed", "live.session.started",
    "live.session.ended", "live.viewer.joined", "live.viewer.left", "live.audience.reported", "live.chat.posted",
    "live.like.sent", "live.follow.added", "live.gift.sent", "live.gift.refunded", "live.recharge.made",
    "live.payout.made", "live.notice.sent", "live.pk.started", "live.pk.ended", "live.product.listed",
    "live.price.changed", "live.inventory.reported", "live.speech.transcribed", "live.screen.recognised",
    "live.frame.detected", "live.room.described", "live.lottery.configured", "live.lottery.drawn",
    "live.moderators.reported", "live.order.placed", "live.order.paid", "live.order.cancelled",
    "live.order.refunded", "live.order.shipped", "live.order.delivered", "live.return.requested",
    "live.return.decided", "live.review.posted", "live.filing.made", "live.record.stored", 
    "live.page.captured"};

}  // namespace

std::string_view type_name(Type type) { return kNames[static_cast<std::size_t>(type)]; }

void append_json_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
}

void Clock::append(std::string& out, std::int64_t ms) {
  const std::int64_t second = ms / 1000;
  if (second != second_) {
    second_ = second;
    prefix_ = format_rfc3339(Time{second * kSecond});
    prefix_.resize(19);
  }
  const auto rest = static_cast<int>(ms % 1000);
  out += prefix_;
  const char tail[] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                       static_cast<char>('0' + rest % 10)};
  out.append(tail, 4);
  out += "+08:00";
}

std::string& Data::key(std::string_view key) {
  std::string& out = recorder_.arena_;
  out.push_back(out.back() == '{' ? '"' : ',');
  if (out.back() == ',') out.push_back('"');
  out += key;
  out += "\":";
  return out;
}

Data::~Data() {
  recorder_.arena_.push_back('}');
  Draft& draft = recorder_.drafts_[recorder_.open_];
  draft.length = static_cast<std::uint32_t>(recorder_.arena_.size() - draft.offset);
}

Data& Data::text(std::string_view name, std::string_view value) {
  std::string& out = key(name);
  out.push_back('"');
  append_json_escaped(out, value);
  out.push_back('"');
  return *this;
}

Data& Data::plain(std::string_view name, std::string_view value) {
  std::string& out = key(name);
  out.push_back('"');
  out += value;
  out.push_back('"');
  return *this;
}

Data& Data::number(std::string_view name, std::int64_t value) {
  fmt::format_to(std::back_inserter(key(name)), FMT_STRING("{}"), value);
  return *this;
}

Data& Data::boolean(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }

Data& Data::decimal(std::string_view name, std::int64_t thousandths) {
  fmt::format_to(std::back_inserter(key(name)), FMT_STRING("{}.{:03}"), thousandths / 1000, thousandths % 1000);
  return *this;
}

Data& Data::time(std::string_view name, std::int64_t ms) {
  return plain(name, format_rfc3339(Time{ms * (kSecond / 1000)}));
}

Data& Data::list(std::string_view name, const std::vector<std::string>& values) {
  std::string& out = key(name);
  out.push_back('[');
  for (const std::string& value : values) {
    if (&value != &values.front()) out.push_back(',');
    out.push_back('"');
    append_json_escaped(out, value);
    out.push_back('"');
  }
  out.push_back(']');
  return *this;
}

Data& Data::raw(std::string_view name, std::string_view json) {
  key(name) += json;
  return *this;
}

Data& Data::account(std::uint64_t number) {
  std::string& out = key("account");
  out.push_back('"');
  append_account(out, number);
  out.push_back('"');
  return *this;
}

Data& Data::hash(std::string_view name, std::uint64_t value) {
  std::string& out = key(name);
  out.push_back('"');
  append_hash(out, value);
  out.push_back('"');
  return *this;
}

Data& Data::actor(const Account& who) {
  account(who.number);
  std::string& out = key("device");
  out.push_back('"');
  append_device(out, who.device);
  out += "\",\"ip\":\"";
  append_ip(out, who.ip);
  out.push_back('"');
  return *this;
}

void Recorder::begin(std::int64_t ms, Type type, std::int64_t value) {
  drafts_.push_back({ms, value, arena_.size(), 0, static_cast<std::uint32_t>(drafts_.size()), type});
  last_ms_ = std::max(last_ms_, ms);
}

Data Recorder::add(std::int64_t ms, Type type, std::int64_t value) {
  begin(ms, type, value);
  open_ = drafts_.size() - 1;
  arena_.push_back('{');
  return Data(*this);
}

Data Recorder::fill(std::size_t index) {
  open_ = index;
  drafts_[index].offset = arena_.size();
  arena_.push_back('{');
  return Data(*this);
}

void Recorder::sort() {
  std::sort(drafts_.begin(), drafts_.end(), [](const Draft& a, const Draft& b) {
    return a.ms != b.ms ? a.ms < b.ms : a.sequence < b.sequence;
  });
}

}  // namespace lw::simulate
