#include "runtime/source.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/bytes.h"
#include "event/decoder.h"
#include "event/recording.h"
#include "mapping/row_feed.h"
#include "runtime/pseudonym.h"
#include "runtime/repeats.h"

namespace lw::runtime {
namespace {

constexpr std::size_t kReadAhead = 32;  // events

// One event read, and what decoded it.
struct Read {
  explicit Read(const event::Schema& schema) : decoder(schema) {}

  std::string line;  // that it looks into, with padding; unused if it looks into its feed's
  event::Decoder decoder;
  event::Event event;
  Key128 name;       // hash of source and id
};

// One input and the event that it offers next.
struct Input {
  Input(std::string path_of, event::Recording opened, const event::Schema& schema)
      : path(std::move(path_of)), recording(std::move(opened)), head(schema) {}

  std::string path;
  event::Recording recording;
  event::Line line;
  Read head;
  bool over = false;
  std::uint64_t taken = 0;  // lines, blank ones left out
  std::uint64_t skip = 0;   // of them, that were read before
};

// An event held back by the reorder buffer: its line, to be decoded again when its turn comes.
struct Held {
  Time time;
  std::string source, id;
  std::uint64_t arrival;
  std::string line;  // with padding
  std::size_t size;
};

bool after(const Held& a, const Held& b) {
  return std::tie(a.time, a.source, a.id, a.arrival) > std::tie(b.time, b.source, b.id, b.arrival);
}

}  // namespace

struct Source::Impl {
  Impl(const event::Schema& s, const SourceOptions& o, DeadLetter* d)
      : schema(s), options(o), dead_letter(d), repeats(o.repeat_horizon), again(s) {}

  Status refuse(const Input& input, std::string_view reason);
  // The input's next good event; false if it is over, or if it is not ready and not to be waited for. Bad ones go to the
  // dead letter.
  Result<bool> read(Input& input, Read& out, bool wait);
  Status advance(Input& input);       // its next that is no repeat into its head, or over
  Result<event::Event*> batched(Input& input);  // read many at a time
  Result<event::Event*> merged();     // by time, source, id
  Result<event::Event*> reordered();  // that held back
  event::Event* give(event::Event& event);
  void hold(const event::Event& one, std::uint64_t arrival);
  bool hold(std::string_view text, std::uint64_t arrival);  // of a snapshot; false if it is no event
  bool take(Input& input);  // its next line
  Status adopt_mark();

  const event::Schema& schema;
  SourceOptions options;
  DeadLetter* dead_letter;
  std::optional<Pseudonyms> pseudonyms;
  std::vector<std::unique_ptr<Input>> inputs;
  Input* used = nullptr;  // whose event was given out last
  bool primed = false;
  Repeats repeats;
  Intake* intake = nullptr;
  std::unique_ptr<Input> replay;                // what is given before all inputs; not accepted again
  std::string end_mark;                         // where they stand then
  std::map<std::string, std::uint64_t> places;  // of inputs known from a mark: lines taken
  Counts counts;
  Time watermark;
  std::vector<std::string> notes;

  std::vector<std::unique_ptr<Read>> reads;  // of batched()
  std::vector<event::Event*> batch;          // those of them that are no repeats
  std::size_t given_of_batch = 0;

  event::Decoder again;  // of what was held back
  event::Event event;
  std::vector<Held> held;  // a heap, the earliest first
  std::string given;       // the line of the event given out of it
  Time newest;
  std::uint64_t arrivals = 0;
  bool drained = false;
};

Status Source::Impl::refuse(const Input& input, std::string_view reason) {
  ++counts.bad;
  if (!dead_letter) return {};
  return dead_letter->write(input.path, input.line.number, reason, input.line.text);
}

bool Source::Impl::take(Input& input) {
  event::Feed& feed = *input.recording.feed;
  for (; input.skip > 0; --input.skip) {
    if (feed.next(input.line)) continue;
    notes.push_back(fmt::format("{}: holds {} lines less than were read of it before", input.path, input.skip));
    input.skip = 0;
  }
  const bool taken = feed.next(input.line);
  input.taken += taken;
  input.over = !taken;
  return taken;
}

Result<bool> Source::Impl::read(Input& input, Read& out, bool wait) {
  event::Feed& feed = *input.recording.feed;
  while (wait || feed.ready()) {
    if (!take(input)) break;
    if (!input.line.fault.empty()) {
      if (input.line.broken) {
        ++counts.broken_inputs;
        notes.push_back(fmt::format("{}: line {}: {}; what came before is judged", input.path, input.line.number, input.line.fault));
      }
      if (Status written = refuse(input, input.line.fault); !written) return tl::make_unexpected(written.error());
      continue;
    }
    std::string_view text = input.line.text;
    if (!feed.lasting()) {
      out.line.assign(text.data(), text.size() + event::kPadding);
      text = {out.line.data(), text.size()};
    }
    Status good = out.decoder.decode(text, out.event);
    if (good && pseudonyms && &input != replay.get()) {
      std::string hidden;
      const std::size_t size = pseudonyms->hide(text, hidden).size();
      out.line = std::move(hidden);
      good = out.decoder.decode({out.line.data(), size}, out.event);
    }
    if (!good) {
      if (Status written = refuse(input, good.error().message); !written) return tl::make_unexpected(written.error());
      continue;
    }
    out.name = repeats.key_of(out.event.source, out.event.id);
    return true;
  }
  return false;
}

Status Source::Impl::advance(Input& input) {
  for (;;) {
    const auto good = read(input, input.head, true);
    if (!good) return tl::make_unexpected(good.error());
    if (input.over || !repeats.seen(input.head.name)) return {};
    ++counts.duplicates;
  }
}

Result<event::Event*> Source::Impl::batched(Input& input) {
  if (given_of_batch < batch.size()) return batch[given_of_batch++];
  batch.clear();
  given_of_batch = 0;
  while (batch.empty() && !input.over) {
    std::size_t count = 0;
    for (; count < kReadAhead && !input.over; ++count) {
      if (count == reads.size()) reads.push_back(std::make_unique<Read>(schema));
      const auto good = read(input, *reads[count], count == 0);
      if (!good) return tl::make_unexpected(good.error());
      if (!*good) break;
      repeats.prefetch(reads[count]->name);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (repeats.seen(reads[i]->name)) {
        ++counts.duplicates;
        continue;
      }
      batch.push_back(&reads[i]->event);
      if (!intake || &input == replay.get()) continue;
      if (Status taken = intake->accept(reads[i]->event, reads[i]->name); !taken) return tl::make_unexpected(taken.error());
    }
  }
  if (intake && &input != replay.get()) {
    if (Status settled = intake->settle(input.over || !input.recording.feed->ready()); !settled) return tl::make_unexpected(settled.error());
  }
  return batch.empty() ? nullptr : batch[given_of_batch++];
}

Result<event::Event*> Source::Impl::merged() {
  if (replay) {
    const auto next = batched(*replay);
    if (!next || *next) return next;
    replay.reset();
    if (Status adopted = adopt_mark(); !adopted) return tl::make_unexpected(adopted.error());
  }
  if (inputs.empty()) return nullptr;
  if (inputs.size() == 1) return batched(*inputs.front());
  if (!primed) {
    for (auto& input : inputs)
      if (Status moved = advance(*input); !moved) return tl::make_unexpected(moved.error());
    primed = true;
  } else if (used) {
    if (Status moved = advance(*used); !moved) return tl::make_unexpected(moved.error());
  }
  used = nullptr;
  for (auto& input : inputs) {
    if (input->over) continue;
    const event::Event& head = input->head.event;
    const auto key = [](const event::Event& one) { return std::tie(one.time, one.source, one.id); };
    if (!used || key(head) < key(used->head.event)) used = input.get();
  }
  if (!used) return nullptr;
  if (intake) {
    Status good = intake->accept(used->head.event, used->head.name);
    if (good) good = intake->settle(false);
    if (!good) return tl::make_unexpected(good.error());
  }
  return &used->head.event;
}

void Source::Impl::hold(const event::Event& one, std::uint64_t arrival) {
  std::string line(one.raw);
  line.append(event::kPadding, '\0');
  held.push_back({one.time, std::string(one.source), std::string(one.id), arrival, std::move(line), one.raw.size()});
  std::push_heap(held.begin(), held.end(), after);
}

bool Source::Impl::hold(std::string_view text, std::uint64_t arrival) {
  std::string line(text);
  line.append(event::kPadding, '\0');
  if (!again.decode({line.data(), text.size()}, event)) return false;
  hold(event, arrival);
  return true;
}

Result<event::Event*> Source::Impl::reordered() {
  while (!drained) {
    if (!held.empty() && held.front().time <= newest - options.lateness) break;
    const auto next = merged();
    if (!next) return next;
    if (!*next) {
      drained = true;
      break;
    }
    const event::Event& one = **next;
    newest = std::max(newest, one.time);
    hold(one, arrivals++);
  }
  if (held.empty()) return nullptr;
  std::pop_heap(held.begin(), held.end(), after);
  given = std::move(held.back().line);
  const std::size_t size = held.back().size;
  held.pop_back();
  if (const Status good = again.decode({given.data(), size}, event); !good) return tl::make_unexpected(good.error());
  return &event;
}

event::Event* Source::Impl::give(event::Event& one) {
  ++counts.events;
  if (one.time < watermark) ++counts.late;
  watermark = std::max(watermark, one.time);
  if (one.type == event::Type::kUnknown) ++counts.unknown_types;
  return &one;
}

Result<Source> Source::open(const event::Schema& schema, const SourceOptions& options, DeadLetter* dead_letter) {
  auto impl = std::make_unique<Impl>(schema, options, dead_letter);
  if (!options.pseudonym_key.empty()) {
    auto pseudonyms = Pseudonyms::from_key_file(options.pseudonym_key);
    if (!pseudonyms) return tl::make_unexpected(pseudonyms.error());
    impl->pseudonyms = std::move(*pseudonyms);
  }
  std::shared_ptr<const mapping::Definition> definition;
  if (options.format.ends_with(".yaml") || options.format.ends_with(".yml")) {
    auto loaded = mapping::load_definition(options.format);
    if (!loaded) return tl::make_unexpected(mapping::joined(loaded.error()));
    definition = std::move(*loaded);
  }
  for (const std::string& path : options.inputs) {
    auto opened = definition ? mapping::open_export(path, definition) : event::open_recording(path, options.format);
    if (!opened) return tl::make_unexpected(opened.error());
    impl->inputs.push_back(std::make_unique<Input>(path, std::move(*opened), schema));
  }
  return Source(std::move(impl));
}

Source::Source(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source&&) noexcept = default;
Source::~Source() = default;

Result<event::Event*> Source::next() {
  const auto next = impl_->options.lateness.ns > 0 ? impl_->reordered() : impl_->merged();
  if (!next || !*next) return next;
  return impl_->give(**next);
}

std::span<event::Event* const> Source::batch() const {
  return impl_->given_of_batch == 1 && impl_->options.lateness.ns == 0 ? std::span<event::Event* const>(impl_->batch) : std::span<event::Event* const>();
}

void Source::tell(Intake* intake) { impl_->intake = intake; }

bool Source::settled() const { return !impl_->replay && impl_->given_of_batch == impl_->batch.size(); }

void Source::know(std::span<const Key128> names) {
  for (const Key128& name : names) impl_->repeats.seen(name);
}

Result<std::string> Source::mark() {
  Impl& impl = *impl_;
  nlohmann::json mark;
  std::map<std::string, std::uint64_t> places = impl.places;
  for (const auto& input : impl.inputs) {
    // The event that it offers next, and has not given, is read again.
    const bool offers = impl.primed && input.get() != impl.used && !input->over;
    places[input->path] = input->taken - (offers ? 1 : 0);
  }
  places.erase("-");
  mark["inputs"] = places;
  mark["bad"] = impl.counts.bad;
  mark["duplicates"] = impl.counts.duplicates;
  mark["broken"] = impl.counts.broken_inputs;
  if (impl.dead_letter) {
    store::OutputFile& letter = impl.dead_letter->file();
    if (Status flushed = letter.flush(); !flushed) return tl::make_unexpected(flushed.error());
    mark["dead_letter"] = {{letter.path(), letter.bytes()}};
  }
  return mark.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Status Source::Impl::adopt_mark() {
  const nlohmann::json mark = nlohmann::json::parse(end_mark, nullptr, false);
  if (!mark.is_object()) return fail("the mark of the event log is damaged");
  counts.bad = mark.value("bad", std::uint64_t{0});
  counts.duplicates = mark.value("duplicates", std::uint64_t{0});
  counts.broken_inputs = mark.value("broken", std::uint64_t{0});
  return {};
}

void Source::save(std::string& out) const {
  const Impl& impl = *impl_;
  put(out, impl.counts.events), put(out, impl.counts.late), put(out, impl.counts.unknown_types);
  put(out, impl.watermark.ns), put(out, impl.newest.ns), put(out, impl.arrivals);
  put(out, static_cast<std::uint64_t>(impl.held.size()));
  for (const Held& one : impl.held) {
    put(out, one.arrival);
    put_text(out, std::string_view(one.line).substr(0, one.size));
  }
}

Status Source::resume(std::string_view saved, std::string_view mark, std::unique_ptr<event::Feed> replay) {
  Impl& impl = *impl_;
  impl.end_mark = mark;
  const nlohmann::json told = nlohmann::json::parse(mark, nullptr, false);
  if (told.is_object() && told.contains("inputs")) told["inputs"].get_to(impl.places);
  for (const auto& input : impl.inputs) {
    const auto place = impl.places.find(input->path);
    if (place != impl.places.end()) input->skip = input->taken = place->second;
  }
  std::uint64_t held = 0;
  bool good = take(saved, impl.counts.events) && take(saved, impl.counts.late) && take(saved, impl.counts.unknown_types) &&
              take(saved, impl.watermark.ns) && take(saved, impl.newest.ns) && take(saved, impl.arrivals) && take(saved, held);
  for (std::uint64_t i = 0; good && i < held; ++i) {
    std::uint64_t arrival = 0;
    std::string_view text;
    good = take(saved, arrival) && take_text(saved, text) && impl.hold(text, arrival);
  }
  if (!good || !saved.empty()) return fail("the snapshot's part of the inputs is damaged");
  impl.replay = std::make_unique<Input>("the event log", event::Recording{std::move(replay), nullptr}, impl.schema);
  return {};
}

const Counts& Source::counts() const { return impl_->counts; }
Time Source::watermark() const { return impl_->watermark; }
const std::vector<std::string>& Source::notes() const { return impl_->notes; }

std::uint64_t Source::bytes_read() const {
  std::uint64_t sum = 0;
  for (const auto& input : impl_->inputs) sum += input->recording.bytes->bytes_read();
  return sum;
}

std::uint64_t Source::bytes_total() const {
  std::uint64_t sum = 0;
  for (const auto& input : impl_->inputs) {
    const std::uint64_t total = input->recording.bytes->bytes_total();
    if (total == 0) return 0;
    sum += total;
  }
  return sum;
}

}  // namespace lw::runtime
