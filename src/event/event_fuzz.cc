// Bytes as an input, compressed or not: whatever they are, they come out as lines, events and reasons; what is taken for
// an event is JSON to another parser too, and the two ways of reading a line agree.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/fuzz_found.h"
#include "cel/cel.h"
#include "event/decoder.h"
#include "event/line_feed.h"

namespace {

// A line with a blank behind it is read the thorough way: it must say the same.
void compare(std::string_view line, bool good, const lw::event::Event& event) {
  using namespace lw::event;
  static const Schema schema;
  static Decoder decoder(schema);
  static Event other;
  static std::string padded;
  if (line.size() >= kMaxEventBytes) return;
  padded.assign(line).append(1 + kPadding, ' ');
  if (decoder.decode({padded.data(), line.size() + 1}, other).has_value() != good) lw::fuzz_found("good one way, bad the other");
  if (!good) return;
  if (event.id != other.id || event.source != other.source || event.subject != other.subject || event.type != other.type ||
      event.type_name != other.type_name || event.platform != other.platform || event.time != other.time) {
    lw::fuzz_found("an attribute that was read in two ways");
  }
  if (!std::ranges::equal(event.fields(), other.fields())) lw::fuzz_found("other fields, or in another order");
  for (const FieldId field : event.fields()) {
    const auto one = event.get(field), two = other.get(field);
    if (one.kind != two.kind || lw::cel::to_text(one) != lw::cel::to_text(two)) lw::fuzz_found("a field that was read in two ways");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lw::event;
  static const Schema schema;
  static Decoder decoder(schema);
  static Event event;
  LineFeed feed(ByteStream::of({reinterpret_cast<const char*>(data), size}));
  Line line;
  std::uint64_t before = 0;
  while (feed.next(line)) {
    if (line.number <= before) lw::fuzz_found("line numbers do not rise");
    before = line.number;
    if (!line.fault.empty()) continue;
    const lw::Status status = decoder.decode(line.text, event);
    compare(line.text, status.has_value(), event);
    if (!status && (status.error().message.empty() || !event.fields().empty())) lw::fuzz_found("refused without a reason, or half read");
    if (!status) continue;
    nlohmann::json read;
    try {
      read = nlohmann::json::parse(line.text);
    } catch (const nlohmann::json::out_of_range&) {
      continue;  // a number beyond all doubles: JSON, but not for this parser
    } catch (const nlohmann::json::parse_error&) {
      lw::fuzz_found("an event that is not JSON");
    }
    if (!read.is_object()) lw::fuzz_found("an event that is no object");
    for (const FieldId field : event.fields())
      if (event.get(field).kind == lw::cel::Kind::kAbsent) lw::fuzz_found("a field that holds nothing");
    if (read["id"] != event.id || read["type"] != event.type_name) lw::fuzz_found("an attribute that was read otherwise");
    if (const auto text = read["data"].find("text"); text != read["data"].end() && text->is_string()) {
      if (event.get(field::kText).text() != text->get_ref<const std::string&>()) lw::fuzz_found("a text that was read otherwise");
    }
  }
  return 0;
}
