// Bytes as an input, compressed or not: whatever they are, they come out as lines, events and reasons; what is taken for
// an event is JSON to another parser too.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "event/decoder.h"
#include "event/line_feed.h"

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
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
    if (line.number <= before) fail("line numbers do not rise");
    before = line.number;
    if (!line.fault.empty()) continue;
    const lw::Status status = decoder.decode(line.text, event);
    if (!status && (status.error().message.empty() || !event.fields().empty())) fail("refused without a reason, or half read");
    if (!status) continue;
    const nlohmann::json read = nlohmann::json::parse(line.text, nullptr, false);
    if (!read.is_object()) fail("an event that is not JSON");
    for (const FieldId field : event.fields())
      if (event.get(field).kind == lw::cel::Kind::kAbsent) fail("a field that holds nothing");
    if (read["id"] != event.id || read["type"] != event.type_name) fail("an attribute that was read otherwise");
    if (const auto text = read["data"].find("text"); text != read["data"].end() && text->is_string()) {
      if (event.get(field::kText).text() != text->get_ref<const std::string&>()) fail("a text that was read otherwise");
    }
  }
  return 0;
}
