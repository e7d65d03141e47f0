#include "mapping/row_feed.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "cel/collection.h"
#include "event/event_writer.h"
#include "event/line_queue.h"
#include "mapping/convert.h"
#include "mapping/rows.h"

namespace lw::mapping {
namespace {

using Outcome = Converted::Outcome;

std::string name_of(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  for (const std::string_view ending : {".gz", ".zst"})
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  return name;
}

bool takes_name(const Form& form, const std::string& name) {
  return form.files.empty() ||
         std::any_of(form.files.begin(), form.files.end(), [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0; });
}

class RowFeed : public event::Feed {
 public:
  RowFeed(std::shared_ptr<const Definition> definition, const Form& form, std::unique_ptr<Rows> rows, std::string file)
      : definition_(std::move(definition)), form_(form), rows_(std::move(rows)), file_(std::move(file)) {
    slots_.resize(form.slots());
  }

  bool next(event::Line& line) override {
    if (form_.sort && !sorted_) sort();
    if (queue_.empty()) queue_.clear();
    while (queue_.empty()) {
      if (sorted_ ? !give() : !row()) return false;
    }
    queue_.take(line);
    return true;
  }

 private:
  struct Kept {
    Time time;
    std::uint64_t line;
    std::string text;
  };

  bool row();    // reads one; false at the end
  bool give();   // of those sorted
  void sort();
  void make(const EventForm& form);
  std::string make(const EventForm& form, Time& time);
  bool holds(const std::optional<cel::Program>& when, std::string& trouble);

  std::shared_ptr<const Definition> definition_;
  const Form& form_;
  std::unique_ptr<Rows> rows_;
  std::string file_;
  std::vector<cel::Value> slots_;
  cel::Arena arena_;
  Row row_;
  event::LineQueue queue_;
  std::string id_, json_;
  bool sorted_ = false;
  std::vector<Kept> kept_;
  std::size_t kept_bytes_ = 0, given_ = 0;
};

bool RowFeed::row() {
  std::fill(slots_.begin(), slots_.end(), cel::Value{});
  arena_.reset();
  if (!rows_->next(row_, slots_, arena_)) return false;
  if (!row_.fault.empty()) {
    queue_.fault(row_.line, row_.fault, row_.shown, row_.broken);
    return true;
  }
  slots_[form_.file_slot()] = cel::Value::of_string(file_);
  slots_[form_.line_slot()] = cel::Value::of_int(static_cast<std::int64_t>(row_.line));
  std::string trouble;
  if (!holds(form_.when, trouble)) {
    if (!trouble.empty()) queue_.fault(row_.line, "when: " + trouble, row_.shown);
    return true;
  }
  for (const EventForm& event : form_.events) make(event);
  return true;
}

bool RowFeed::holds(const std::optional<cel::Program>& when, std::string& trouble) {
  if (!when) return true;
  const cel::Value value = when->run(slots_, arena_);
  if (value.is(cel::Kind::kBool)) return value.boolean;
  if (value.is(cel::Kind::kError) && value.error->code == cel::Error::kAbsent) return false;
  trouble = value.is(cel::Kind::kError) ? std::string(value.error->message) : "expected a bool, found " + cel::to_text(value).substr(0, 80);
  return false;
}

void RowFeed::make(const EventForm& form) {
  std::string reason;
  if (!holds(form.when, reason)) {
    if (!reason.empty()) queue_.fault(row_.line, fmt::format("{}: when: {}", form.type, reason), row_.shown);
    return;
  }
  Time time;
  reason = make(form, time);
  if (!reason.empty()) return queue_.fault(row_.line, fmt::format("{}: {}", form.type, reason), row_.shown);
  if (!form_.sort) return queue_.event(row_.line);
  kept_.push_back({time, row_.line, queue_.take_begun()});
  kept_bytes_ += kept_.back().text.size();
}

std::string RowFeed::make(const EventForm& form, Time& time) {
  auto done = to_text(form.id, form.id.program.run(slots_, arena_), id_);
  if (done.outcome == Outcome::kNothing || (done.outcome == Outcome::kGood && id_.empty())) return "id: required, but the row has none";
  if (done.outcome == Outcome::kBad) return "id: " + done.reason;
  done = to_time(form.time, form.time.program.run(slots_, arena_), time);
  if (done.outcome == Outcome::kNothing) return "time: required, but the row has none";
  if (done.outcome == Outcome::kBad) return "time: " + done.reason;
  event::EventWriter writer(queue_.text());
  writer.start(id_, definition_->source, form.type, time);
  for (const Value& value : form.data) {
    json_.clear();
    done = append_json(value, value.program.run(slots_, arena_), json_);
    if (done.outcome == Outcome::kBad) return fmt::format("{}: {}", value.name, done.reason);
    if (done.outcome == Outcome::kGood) writer.json(std::string_view(value.name).substr(5), json_);
  }
  writer.finish();
  return {};
}

// Faults stay in the queue, and so come first.
void RowFeed::sort() {
  while (row()) {
    if (kept_bytes_ <= kMaxSortedBytes) continue;
    queue_.fault(row_.line, fmt::format("more than {} bytes of events to sort; sort the export by time and leave out `sort`", kMaxSortedBytes), {}, true);
    break;
  }
  std::stable_sort(kept_.begin(), kept_.end(), [](const Kept& a, const Kept& b) { return a.time < b.time; });
  sorted_ = true;
}

bool RowFeed::give() {
  if (given_ == kept_.size()) return false;
  const Kept& one = kept_[given_++];
  queue_.text() += one.text;
  queue_.event(one.line);
  return true;
}

}  // namespace

Result<std::unique_ptr<event::Feed>> export_feed(std::shared_ptr<event::ByteStream> bytes, const std::string& name,
                                                 std::shared_ptr<const Definition> definition) {
  const std::string file = name_of(name);
  std::string lacks;
  for (const Form& form : definition->forms) {
    if (!takes_name(form, file)) {
      lacks += fmt::format("\n  form {}: takes files named {}", form.name, fmt::join(form.files, ", "));
      continue;
    }
    if (const std::string lack = lacking(form, bytes->peek()); !lack.empty()) {
      lacks += fmt::format("\n  form {}: {}", form.name, lack);
      continue;
    }
    auto rows = open_rows(form, bytes);
    return std::make_unique<RowFeed>(std::move(definition), form, std::move(rows), file);
  }
  return fail("{}: no form of {} takes it:{}", name, definition->file, lacks);
}

Result<event::Recording> open_export(const std::string& path, std::shared_ptr<const Definition> definition) {
  auto bytes = event::ByteStream::open(path);
  if (!bytes) return tl::make_unexpected(bytes.error());
  event::Recording out;
  out.bytes = std::move(*bytes);
  auto feed = export_feed(out.bytes, path, std::move(definition));
  if (!feed) return tl::make_unexpected(feed.error());
  out.feed = std::move(*feed);
  return out;
}

}  // namespace lw::mapping
