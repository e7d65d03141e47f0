#include "server/ingest.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "event/decoder.h"
#include "event/pseudonym.h"

namespace lw::server {

struct Ingest::Reader {
  explicit Reader(std::shared_ptr<const pack::Plan> of) : plan(std::move(of)), decoder(plan->schema) {}
  std::shared_ptr<const pack::Plan> plan;  // whose schema the decoder looks into
  event::Decoder decoder;
  event::Event event;
  std::string line;  // with padding
  std::string hidden;
};

namespace {

using event::Type;

bool own_words(Type type) {
  return type == Type::kDecisionMade || type == Type::kInterventionRequested || type == Type::kCreditChanged || type == Type::kCaseChanged;
}

// Why `who` may not say this; empty if it may.
std::string forbidden(const event::Event& event, const desk::Actor& who) {
  if (own_words(event.type)) return fmt::format("{} is what Livewarden says itself", event.type_name);
  if (who.body == "livewarden") return {};
  const auto from = [&](std::string_view folder, std::string_view name) {
    const std::string_view source = event.source;
    const std::size_t head = folder.size() + name.size();
    return source.starts_with(folder) && source.substr(folder.size(), name.size()) == name && (source.size() == head || source[head] == '/');
  };
  if (who.is_department()) return from("/departments/", who.department()) ? "" : fmt::format("source has to be /departments/{}", who.department());
  const std::string_view platform = who.platform();
  if (platform.empty() || !who.is_platform()) return "only platforms and departments send events";
  if (!from("/platforms/", platform)) return fmt::format("source has to be /platforms/{}", platform);
  return event.platform == platform ? "" : fmt::format("data.platform has to be {}", platform);
}

// Names stand in indexes, and amounts are added up.
constexpr std::size_t kMostNameBytes = 256;
constexpr std::int64_t kMostAmount = 1'000'000'000'000'000;
constexpr event::FieldId kNames[] = {event::field::kPlatform, event::field::kAccount,  event::field::kDevice,    event::field::kIp,          event::field::kRoom,     event::field::kSession,
                                     event::field::kHost,     event::field::kOperator, event::field::kMcn,       event::field::kMerchant,    event::field::kProduct,  event::field::kOrder,
                                     event::field::kLicence,  event::field::kNumber,   event::field::kKind,      event::field::kLicenceKind, event::field::kRole,     event::field::kCourse,
                                     event::field::kApproval, event::field::kTarget,   event::field::kViolation, event::field::kReporter,    event::field::kDepartment};

// What is larger than anything that is so named or paid; empty if nothing is.
std::string oversized(const event::Event& event, const event::Schema& schema) {
  if (event.source.size() > kMostNameBytes) return fmt::format("source: {} bytes, at most {} are allowed", event.source.size(), kMostNameBytes);
  for (const event::FieldId field : event.fields()) {
    const cel::Value value = event.get(field);
    const bool names = value.kind == cel::Kind::kString && std::ranges::find(kNames, field) != std::end(kNames);
    if (names && value.text().size() > kMostNameBytes) return fmt::format("data.{}: {} bytes, at most {} are allowed", schema.name(field), value.text().size(), kMostNameBytes);
    const bool pays = value.kind == cel::Kind::kInt && schema.form(field) == event::Form::kMoney;
    if (pays && (value.integer > kMostAmount || value.integer < -kMostAmount)) return fmt::format("data.{}: {} is beyond {}", schema.name(field), value.integer, kMostAmount);
  }
  return {};
}

}  // namespace

Ingest::Ingest(runtime::Inlet& inlet, std::function<std::shared_ptr<const pack::Plan>()> plan, Hide hide, Settle settle, Latest latest)
    : inlet_(inlet), plan_(std::move(plan)), hide_(std::move(hide)), settle_(std::move(settle)), latest_(std::move(latest)) {}
Ingest::~Ingest() = default;

std::unique_ptr<Ingest::Reader> Ingest::take() {
  auto plan = plan_();
  {
    const std::lock_guard lock(mutex_);
    while (!free_.empty()) {
      auto reader = std::move(free_.back());
      free_.pop_back();
      if (reader->plan == plan) return reader;
    }
  }
  return std::make_unique<Reader>(std::move(plan));
}

void Ingest::give(std::unique_ptr<Reader> reader) {
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(reader));
}

Checked Ingest::check(const std::vector<std::string_view>& lines, const desk::Actor& who, std::size_t most_listed) {
  Checked out;
  const auto reject = [&](std::size_t index, std::string why) {
    if (out.bad.size() < most_listed) out.bad.emplace_back(index, std::move(why));
    else ++out.unlisted;
  };
  const Time latest = latest_ ? latest_() : Time{std::numeric_limits<std::int64_t>::max()};
  auto reader = take();
  std::size_t bytes = 0;
  for (const std::string_view line : lines) bytes += line.size() + 1;
  out.lines.reserve(bytes + event::kPadding);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // An event of a batch may be written over several lines; between JSON's tokens one white space is as good as another.
    reader->line.assign(lines[i]);
    std::ranges::replace(reader->line, '\n', ' ');
    reader->line.append(event::kPadding, '\0');
    const std::string_view text(reader->line.data(), lines[i].size());
    const Status good = reader->decoder.decode(text, reader->event);
    std::string why = good ? forbidden(reader->event, who) : good.error().message;
    if (why.empty()) why = oversized(reader->event, reader->plan->schema);
    if (why.empty() && reader->event.time > latest) why = fmt::format("time: {} is later than now by more than is allowed (limits.ahead)", format_rfc3339(reader->event.time));
    if (!why.empty()) {
      reject(i, std::move(why));
      continue;
    }
    if (hide_) {
      const auto hidden = hide_(text, reader->hidden);
      if (!hidden) {
        out.status = tl::make_unexpected(hidden.error());
        break;
      }
      // Names may be longer than what they stand for, and whoever reads the line next has the same limit.
      const bool too_long = hidden->size() > event::kMaxEventBytes;
      if (hidden->empty() || too_long) {
        reject(i, too_long ? fmt::format("longer than {} bytes once names stand in the place of ids", event::kMaxEventBytes) : std::string(event::kNotHidden));
        continue;
      }
      out.lines.append(*hidden);
    } else {
      out.lines.append(text);
    }
    out.lines.push_back('\n');
    ++out.good;
    out.name.assign(reader->event.source).append("#").append(reader->event.id);
  }
  give(std::move(reader));
  if (out.status && settle_ && out.good > 0) out.status = settle_();
  return out;
}

bool Ingest::submit(Checked& checked, runtime::Inlet::Done done, bool next) {
  if (checked.good > 0) return inlet_.submit(std::move(checked.lines), checked.good, std::move(done), next);
  done({});
  return true;
}

}  // namespace lw::server
