#include "runtime/source.h"

#include <algorithm>
#include <tuple>

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
  bool offers = false;  // the head is an event, not yet given and done with
  bool idle = false;    // see Feed::idle()
};

// An event held back by the reorder buffer: its line, to be decoded again when its turn comes.
struct Held {
  Time time;
  std::string source, id;
  std::uint64_t arrival;
  std::string line;  // with padding
  std::size_t size;
  std::int32_t part;     // where it lay, if it is of Kafka
  std::uint64_t offset;
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
      : schema(s), options(o), dead_letter(d), repeats(o.repeat_horizon), again(s) {}

  Status refuse(const Input& input, std::string_view reason);
  // The input's next good event; false if it is over, or if it is not ready and not to be waited for. Bad ones go to the
  // dead letter.
  Result<bool> read(Input& input, Read& out, bool wait);
  Status find_head(Input& input);     // if it has none: its next that is no repeat, unless it is over or idle
  Result<event::Event*> batched();    // of the only input, read many at a time
  Result<event::Event*> merged();     // by time, source, id
  Result<event::Event*> reordered();  // that held back
  event::Event* give(event::Event& event);

  const event::Schema& schema;
  SourceOptions options;
  DeadLetter* dead_letter;
  std::optional<Pseudonyms> pseudonyms;
  std::vector<std::unique_ptr<Input>> inputs;
  Input* used = nullptr;  // whose event was given out last
  Repeats repeats;
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
  std::shared_ptr<KafkaInput> kafka;
};

Status Source::Impl::refuse(const Input& input, std::string_view reason) {
  ++counts.bad;
  if (!dead_letter) return {};
  return dead_letter->write(place_of(input), input.line.number, reason, input.line.text);
}

Result<bool> Source::Impl::read(Input& input, Read& out, bool wait) {
  event::Feed& feed = *input.recording.feed;
  while (wait || feed.ready()) {
    if (!feed.next(input.line)) {
      input.over = true;
      break;
    }
    if (!input.line.fault.empty()) {
      if (input.line.broken) {
        ++counts.broken_inputs;
        notes.push_back(fmt::format("{}: {} {}: {}; what came before is judged", place_of(input), kafka ? "offset" : "line", input.line.number, input.line.fault));
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
    if (good && pseudonyms) {
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

Status Source::Impl::find_head(Input& input) {
  while (!input.offers && !input.over) {
    input.idle = input.recording.feed->idle();
    if (input.idle) break;
    const auto good = read(input, input.head, !kafka);
    if (!good) return tl::make_unexpected(good.error());
    if (!*good) continue;  // over, or nothing good was at hand
    input.offers = !repeats.seen(input.head.name);
    if (!input.offers) ++counts.duplicates;
  }
  return {};
}

Result<event::Event*> Source::Impl::batched() {
  if (given_of_batch < batch.size()) return batch[given_of_batch++];
  Input& input = *inputs.front();
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
      if (repeats.seen(reads[i]->name)) ++counts.duplicates;
      else batch.push_back(&reads[i]->event);
    }
  }
  return batch.empty() ? nullptr : batch[given_of_batch++];
}

Result<event::Event*> Source::Impl::merged() {
  if (inputs.size() == 1 && options.lateness.ns == 0) return batched();
  // Idle ones are asked again when the records at hand of the one that gave an event are over, not at each event.
  bool ask_idle = kafka && (!used || !used->recording.feed->ready());
  if (used) used->offers = false;
  used = nullptr;
  for (bool over = false; !used && !over; ask_idle = true) {
    over = true;
    for (auto& input : inputs) {
      if (!input->idle || ask_idle) {
        if (Status found = find_head(*input); !found) return tl::make_unexpected(found.error());
      }
      over = over && input->over;
      if (!input->offers) continue;
      const event::Event& head = input->head.event;
      const auto key = [](const event::Event& one) { return std::tie(one.time, one.source, one.id); };
      if (!used || key(head) < key(used->head.event)) used = input.get();
    }
    if (!used && !over) kafka->wait_for_any();
  }
  return used ? &used->head.event : nullptr;
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
    std::string line(one.raw);
    line.append(event::kPadding, '\0');
    const event::Line& read = used->line;
    held.push_back({one.time, std::string(one.source), std::string(one.id), arrivals++, std::move(line), one.raw.size(), read.part, read.number});
    std::push_heap(held.begin(), held.end(), after);
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
    if (is_kafka(path)) {
      if (options.inputs.size() > 1) return fail("{}: a topic is read alone, not together with other inputs", path.substr(0, path.find('?')));
      if (options.format != "auto" && options.format != "cloudevents") return fail("--format {}: records of a topic are CloudEvents; leave it out", options.format);
      const auto address = parse_kafka_input(path);
      if (!address) return tl::make_unexpected(address.error());
      auto topic = KafkaInput::open(*address, options.kafka_position, options.note);
      if (!topic) return tl::make_unexpected(topic.error());
      impl->kafka = std::move(*topic);
      for (auto& feed : impl->kafka->feeds()) {
        impl->inputs.push_back(std::make_unique<Input>(address->name(), event::Recording{std::move(feed), event::ByteStream::of({})}, schema));
      }
      continue;
    }
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
  if (impl_->inputs.empty()) return nullptr;
  const auto next = impl_->options.lateness.ns > 0 ? impl_->reordered() : impl_->merged();
  if (!next || !*next) return next;
  return impl_->give(**next);
}

std::span<event::Event* const> Source::batch() const {
  return impl_->given_of_batch == 1 ? std::span<event::Event* const>(impl_->batch) : std::span<event::Event* const>();
}

bool Source::settled() const { return impl_->given_of_batch == impl_->batch.size(); }

KafkaInput* Source::kafka() const { return impl_->kafka.get(); }

KafkaOffsets Source::kafka_accepted() const {
  if (!impl_->kafka) return {};
  KafkaOffsets offsets = impl_->kafka->next_offsets();
  for (const auto& input : impl_->inputs) {
    if (input->offers && input.get() != impl_->used) offsets[input->line.part] = static_cast<std::int64_t>(input->line.number);
  }
  return offsets;
}

KafkaOffsets Source::kafka_given() const {
  KafkaOffsets offsets = kafka_accepted();
  if (!impl_->kafka) return offsets;
  for (const Held& one : impl_->held) {
    std::int64_t& offset = offsets[one.part];
    offset = std::min(offset, static_cast<std::int64_t>(one.offset));
  }
  return offsets;
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
