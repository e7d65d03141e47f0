#include "runtime/source.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/bytes.h"
#include "event/decoder.h"
#include "event/pseudonym.h"
#include "event/recording.h"
#include "mapping/row_feed.h"
#include "runtime/repeats.h"

namespace lw::runtime {
namespace {

// One input and the event that it offers next.
struct Input {
  Input(std::string path_of, event::Recording opened) : path(std::move(path_of)), recording(std::move(opened)) {}

  std::string path;
  event::Recording recording;
  event::Line line;
  std::unique_ptr<Read> head;  // of several inputs
  bool over = false;
  bool offers = false;  // the head is an event, not yet given and done with
  bool idle = false;    // see Feed::idle()
  std::uint64_t taken = 0;  // lines, blank ones left out
  std::uint64_t skip = 0;   // of them, that were read before
};

constexpr std::size_t kIncoming = 32;  // events read at a time to be put in order

// An event held back by the reorder buffer: its line, to be decoded again when its turn comes.
struct Held {
  Time time;
  std::string source, id;
  std::uint64_t arrival;
  std::string line;  // with padding
  std::size_t size;
  std::int32_t part = -1;    // where it lay, if it is of Kafka
  std::uint64_t offset = 0;
};

bool after(const Held& a, const Held& b) {
  return std::tie(a.time, a.source, a.id, a.arrival) > std::tie(b.time, b.source, b.id, b.arrival);
}

// The file, or the partition of the topic.
std::string place_of(const Input& input) {
  return input.line.part < 0 ? input.path : fmt::format("{}/{}", input.path, input.line.part);
}

}  // namespace

struct Source::Impl {
  Impl(const event::Schema& s, const SourceOptions& o, DeadLetter* d)
      : schema(s), options(o), dead_letter(d), repeats(o.repeat_horizon), incoming(s, kIncoming, false), again(s) {}
  ~Impl() {
    if (intake) intake->leave();
  }

  Status refuse(const Input& input, std::string_view reason);
  // The input's next good event; false if it is over, or if it is not ready and not to be waited for. Bad ones go to the
  // dead letter. `keep`: it looks into a line of its own.
  Result<bool> read(Input& input, Read& out, bool wait, bool keep);
  Status find_head(Input& input);             // if it has none: its next that is no repeat, unless it is over or idle
  Status pull(Batch& batch);                  // what comes next; nothing: the end
  Status batched(Input& input, Batch& batch); // of one input
  Status merged(Batch& batch);                // of several: by time, source, id
  Status reordered(Batch& batch);             // of what is held back
  void give(event::Event& event);
  void repeated(const event::Event& event);
  bool ready() const;  // none has to be waited for
  void hold(const Read& read, std::uint64_t arrival);
  bool hold(std::string_view text, std::uint64_t arrival);  // of a snapshot; false if it is no event
  bool take(Input& input);  // its next line
  Status adopt_mark();

  const event::Schema& schema;
  SourceOptions options;
  DeadLetter* dead_letter;
  std::optional<event::Pseudonyms> pseudonyms;
  std::vector<std::unique_ptr<Input>> inputs;
  Input* used = nullptr;  // whose event was given out last
  std::shared_ptr<KafkaInput> kafka;
  Repeats repeats;
  Intake* intake = nullptr;
  std::unique_ptr<Input> replay;                // what is given before all inputs; not accepted again
  std::string end_mark;                         // where they stand then
  std::map<std::string, std::uint64_t> places;  // of inputs known from a mark: lines taken
  std::map<std::string, std::string> topics;    // of topics: next offsets
  Counts counts;
  Time watermark;
  std::vector<std::string> notes;

  Batch incoming;  // of reordered()
  std::size_t incoming_held = 0;
  Read again;      // of what a snapshot held back
  std::vector<Held> held;  // a heap, the earliest first
  Time newest;
  std::uint64_t arrivals = 0;
  bool drained = false;
};

Status Source::Impl::refuse(const Input& input, std::string_view reason) {
  ++counts.bad;
  if (!dead_letter) return {};
  return dead_letter->write(place_of(input), input.line.number, reason, input.line.text);
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

Result<bool> Source::Impl::read(Input& input, Read& out, bool wait, bool keep) {
  event::Feed& feed = *input.recording.feed;
  while (wait || feed.ready()) {
    // Whoever handed something in is not left without an answer because it was a repeat and nothing follows.
    if (options.inlet && intake && &input != replay.get() && !feed.ready()) {
      if (Status settled = intake->settle(true); !settled) return tl::make_unexpected(settled.error());
    }
    if (!take(input)) break;
    if (!input.line.fault.empty()) {
      if (input.line.broken) {
        ++counts.broken_inputs;
        notes.push_back(fmt::format("{}: {} {}: {}; what came before is judged", place_of(input), kafka ? "offset" : "line", input.line.number, input.line.fault));
      }
      if (Status written = refuse(input, input.line.fault); !written) return tl::make_unexpected(written.error());
      continue;
    }
    std::string_view text = input.line.text;
    if (keep || !feed.lasting()) {
      out.line.assign(text.data(), text.size() + event::kPadding);
      text = {out.line.data(), text.size()};
    }
    Status good = out.decoder.decode(text, out.event);
    if (good && pseudonyms && &input != replay.get()) {
      std::string hidden;
      const std::size_t size = pseudonyms->hide(text, hidden).size();
      out.line = std::move(hidden);
      good = size == 0 ? Status(fail("{}", event::kNotHidden)) : out.decoder.decode({out.line.data(), size}, out.event);
    }
    if (!good) {
      if (Status written = refuse(input, good.error().message); !written) return tl::make_unexpected(written.error());
      continue;
    }
    out.part = input.line.part;
    out.offset = input.line.number;
    out.name = repeats.key_of(out.event.source, out.event.id);
    return true;
  }
  return false;
}

Status Source::Impl::find_head(Input& input) {
  if (!input.head) input.head = std::make_unique<Read>(schema);
  while (!input.offers && !input.over) {
    input.idle = input.recording.feed->idle();
    if (input.idle) break;
    const auto good = read(input, *input.head, !kafka, true);
    if (!good) return tl::make_unexpected(good.error());
    if (!*good) continue;  // over, or nothing good was at hand
    input.offers = !repeats.seen(input.head->name);
    if (!input.offers) repeated(input.head->event);
  }
  return {};
}

Status Source::Impl::batched(Input& input, Batch& batch) {
  const bool accepted = &input == replay.get();  // before
  while (batch.events_.empty() && !input.over) {
    std::size_t from = batch.used_ = 0;
    while (!batch.full() && !input.over) {
      Read& next = *batch.next();
      const auto good = read(input, next, batch.used_ == 0, batch.keep_);
      if (!good) return tl::make_unexpected(good.error());
      if (!*good) break;
      repeats.prefetch(next.name);
      ++batch.used_;
    }
    for (; from < batch.used_; ++from) {
      Read& one = *batch.reads_[from];
      if (repeats.seen(one.name)) {
        repeated(one.event);
        continue;
      }
      batch.give(one);
      if (!intake || accepted) continue;
      if (Status taken = intake->accept(one.event, one.name); !taken) return taken;
    }
  }
  if (!intake || accepted) return {};
  return intake->settle(input.over || !input.recording.feed->ready());
}

Status Source::Impl::merged(Batch& batch) {
  // Idle ones are asked again when the records at hand of the one that gave an event are over, not at each event.
  bool ask_idle = kafka && (!used || !used->recording.feed->ready());
  while (!batch.full()) {
    if (used && !batch.events_.empty() && !used->recording.feed->ready()) break;
    if (used) used->offers = false;
    used = nullptr;
    for (bool over = false; !used && !over; ask_idle = true) {
      over = true;
      for (const auto& input : inputs) {
        if (!input->idle || ask_idle) {
          if (Status found = find_head(*input); !found) return found;
        }
        over = over && input->over;
        if (!input->offers) continue;
        const auto key = [](const Input& one) { return std::tie(one.head->event.time, one.head->event.source, one.head->event.id); };
        if (!used || key(*input) < key(*used)) used = input.get();
      }
      if (used || over) continue;
      if (!batch.events_.empty()) break;
      kafka->wait_for_any();
    }
    if (!used) break;
    ask_idle = false;
    std::swap(batch.next(), used->head);
    Read& one = *batch.reads_[batch.used_++];
    batch.give(one);
    if (!intake) continue;
    if (Status taken = intake->accept(one.event, one.name); !taken) return taken;
  }
  return intake ? intake->settle(!ready()) : Status{};
}

void Source::Impl::repeated(const event::Event& event) {
  ++counts.duplicates;
  if (intake) intake->repeated(event);
}

bool Source::Impl::ready() const {
  return std::ranges::all_of(inputs, [](const auto& input) { return input->over || input->recording.feed->ready(); });
}

Status Source::Impl::pull(Batch& batch) {
  batch.clear();
  if (replay) {
    if (Status pulled = batched(*replay, batch); !pulled || !batch.events_.empty()) return pulled;
    replay.reset();
    if (Status adopted = adopt_mark(); !adopted) return adopted;
  }
  if (inputs.empty()) return {};
  return inputs.size() == 1 ? batched(*inputs.front(), batch) : merged(batch);
}

void Source::Impl::hold(const Read& read, std::uint64_t arrival) {
  const event::Event& one = read.event;
  std::string line(one.raw);
  line.append(event::kPadding, '\0');
  held.push_back({one.time, std::string(one.source), std::string(one.id), arrival, std::move(line), one.raw.size(), read.part, read.offset});
  std::push_heap(held.begin(), held.end(), after);
}

bool Source::Impl::hold(std::string_view text, std::uint64_t arrival) {
  again.line = text;
  again.line.append(event::kPadding, '\0');
  if (!again.decoder.decode({again.line.data(), text.size()}, again.event)) return false;
  hold(again, arrival);
  return true;
}

Status Source::Impl::reordered(Batch& batch) {
  batch.clear();
  while (!batch.full()) {
    if (!held.empty() && (drained || held.front().time <= newest - options.lateness)) {
      std::pop_heap(held.begin(), held.end(), after);
      Read& next = *batch.next();
      next.line = std::move(held.back().line);
      const std::size_t size = held.back().size;
      held.pop_back();
      if (Status good = next.decoder.decode({next.line.data(), size}, next.event); !good) return good;
      batch.give(next);
      ++batch.used_;
      continue;
    }
    // One by one: what is due is given before the next comes, however many were read at once.
    if (incoming_held < incoming.events_.size()) {
      const Read& one = *incoming.of_[incoming_held++];
      newest = std::max(newest, one.event.time);
      hold(one, arrivals++);
      continue;
    }
    if (drained || (!batch.events_.empty() && !ready())) break;
    if (Status pulled = pull(incoming); !pulled) return pulled;
    incoming_held = 0;
    drained = incoming.events_.empty();
  }
  return {};
}

void Source::Impl::give(event::Event& one) {
  ++counts.events;
  if (one.time < watermark) ++counts.late;
  watermark = std::max(watermark, one.time);
  if (one.type == event::Type::kUnknown) ++counts.unknown_types;
}

Result<Source> Source::open(const event::Schema& schema, const SourceOptions& options, DeadLetter* dead_letter) {
  auto impl = std::make_unique<Impl>(schema, options, dead_letter);
  if (!options.pseudonym_key.empty()) {
    auto pseudonyms = event::Pseudonyms::from_key_file(options.pseudonym_key);
    if (!pseudonyms) return tl::make_unexpected(pseudonyms.error());
    impl->pseudonyms = std::move(*pseudonyms);
  }
  std::shared_ptr<const mapping::Definition> definition;
  if (options.format.ends_with(".yaml") || options.format.ends_with(".yml")) {
    auto loaded = mapping::load_definition(options.format);
    if (!loaded) return tl::make_unexpected(mapping::joined(loaded.error()));
    definition = std::move(*loaded);
  }
  // Nothing that was handed in is handed in again after an end, as with standard input.
  if (options.inlet) impl->inputs.push_back(std::make_unique<Input>("-", event::Recording{options.inlet->feed(), event::ByteStream::of({})}));
  for (const std::string& path : options.inputs) {
    if (is_kafka(path)) {
      if (options.inputs.size() > 1) return fail("{}: a topic is read alone, not together with other inputs", path.substr(0, path.find('?')));
      if (options.format != "auto" && options.format != "cloudevents") return fail("--format {}: records of a topic are CloudEvents; leave it out", options.format);
      const auto address = parse_kafka_input(path);
      if (!address) return tl::make_unexpected(address.error());
      auto topic = KafkaInput::open(*address, options.kafka_position, options.note);
      if (!topic) return tl::make_unexpected(topic.error());
      impl->kafka = std::move(*topic);
      for (auto& feed : impl->kafka->feeds()) {
        impl->inputs.push_back(std::make_unique<Input>(address->name(), event::Recording{std::move(feed), event::ByteStream::of({})}));
      }
      continue;
    }
    auto opened = definition ? mapping::open_export(path, definition) : event::open_recording(path, options.format);
    if (!opened) return tl::make_unexpected(opened.error());
    impl->inputs.push_back(std::make_unique<Input>(path, std::move(*opened)));
  }
  return Source(std::move(impl));
}

Source::Source(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source&&) noexcept = default;
Source::~Source() = default;

Result<bool> Source::fill(Batch& batch) {
  const Status filled = impl_->options.lateness.ns > 0 ? impl_->reordered(batch) : impl_->pull(batch);
  if (!filled) return tl::make_unexpected(filled.error());
  for (event::Event* one : batch.events_) impl_->give(*one);
  batch.bytes_read = bytes_read();
  batch.idle = !impl_->ready();
  batch.replayed = impl_->replay != nullptr;
  if (batch.idle && impl_->dead_letter) {
    if (Status flushed = impl_->dead_letter->flush(); !flushed) return tl::make_unexpected(flushed.error());
  }
  return !batch.events_.empty();
}

void Source::tell(Intake* intake) { impl_->intake = intake; }

bool Source::settled() const { return !impl_->replay && impl_->incoming_held == impl_->incoming.events_.size(); }

void Source::know(std::span<const Key128> names) {
  for (const Key128& name : names) impl_->repeats.seen(name);
}

Result<std::string> Source::mark() {
  Impl& impl = *impl_;
  nlohmann::json mark;
  std::map<std::string, std::uint64_t> places = impl.places;
  for (const auto& input : impl.inputs) {
    if (impl.kafka) continue;
    // The event that it offers next, and has not given, is read again.
    const bool offers = input->offers && input.get() != impl.used;
    places[input->path] = input->taken - (offers ? 1 : 0);
  }
  places.erase("-");
  for (const auto& [topic, position] : impl.topics) mark["topics"][topic] = position;
  if (impl.kafka) mark["topics"][impl.kafka->address().name()] = text_of(kafka_accepted());
  mark["inputs"] = places;
  mark["bad"] = impl.counts.bad;
  mark["duplicates"] = impl.counts.duplicates;
  mark["broken"] = impl.counts.broken_inputs;
  if (impl.dead_letter) {
    if (Status flushed = impl.dead_letter->flush(); !flushed) return tl::make_unexpected(flushed.error());
    mark["dead_letter"] = {{impl.dead_letter->path(), impl.dead_letter->bytes()}};
  }
  return mark.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Status Source::force_dead_letter(bool& full) {
  full = false;
  return impl_->dead_letter ? impl_->dead_letter->force(full) : Status{};
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
  if (told.is_object() && told.contains("topics")) told["topics"].get_to(impl.topics);
  const auto topic = impl.kafka ? impl.topics.find(impl.kafka->address().name()) : impl.topics.end();
  if (topic != impl.topics.end() && impl.options.kafka_position != topic->second) {
    if (Status started = impl.kafka->start_at(topic->second); !started) return started;
  }
  for (const auto& input : impl.inputs) {
    const auto place = impl.places.find(input->path);
    if (!impl.kafka && place != impl.places.end()) input->skip = input->taken = place->second;
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
  impl.replay = std::make_unique<Input>("the event log", event::Recording{std::move(replay), nullptr});
  return {};
}

KafkaInput* Source::kafka() const { return impl_->kafka.get(); }

KafkaOffsets Source::kafka_accepted() const {
  if (!impl_->kafka) return {};
  KafkaOffsets offsets = impl_->kafka->next_offsets();
  for (const auto& input : impl_->inputs) {
    if (input->offers && input.get() != impl_->used) offsets[input->head->part] = static_cast<std::int64_t>(input->head->offset);
  }
  return offsets;
}

KafkaOffsets Source::kafka_given() const {
  KafkaOffsets offsets = kafka_accepted();
  if (!impl_->kafka) return offsets;
  const auto before = [&](std::int32_t part, std::uint64_t at) {
    std::int64_t& offset = offsets[part];
    offset = std::min(offset, static_cast<std::int64_t>(at));
  };
  for (const Held& one : impl_->held) before(one.part, one.offset);
  for (std::size_t i = impl_->incoming_held; i < impl_->incoming.of_.size(); ++i) before(impl_->incoming.of_[i]->part, impl_->incoming.of_[i]->offset);
  return offsets;
}

const event::Schema& Source::schema() const { return impl_->schema; }
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
