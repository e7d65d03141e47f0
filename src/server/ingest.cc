#include "server/ingest.h"

#include <fmt/format.h>

#include <algorithm>

#include "event/decoder.h"

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
  if (who.body == "livewarden") return {};
  if (own_words(event.type)) return fmt::format("{} is what Livewarden says itself", event.type_name);
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

}  // namespace

Ingest::Ingest(runtime::Inlet& inlet, std::function<std::shared_ptr<const pack::Plan>()> plan, Hide hide, Settle settle)
    : inlet_(inlet), plan_(std::move(plan)), hide_(std::move(hide)), settle_(std::move(settle)) {}
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

Checked Ingest::check(const std::vector<std::string_view>& lines, const desk::Actor& who) {
  Checked out;
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
    if (!why.empty()) {
      out.bad.emplace_back(i, std::move(why));
      continue;
    }
    if (hide_) {
      const auto hidden = hide_(text, reader->hidden);
      if (!hidden) {
        out.status = tl::make_unexpected(hidden.error());
        break;
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
