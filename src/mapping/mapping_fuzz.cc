// Bytes as a mapping and, behind a byte 0x1e, an export: whatever they are, the mapping is loaded or refused with a place,
// the export comes out as lines of JSON and reasons, and nothing breaks.
#include <nlohmann/json.hpp>

#include "base/fuzz_found.h"
#include "mapping/row_feed.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lw;
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::size_t split = input.find('\x1e');
  const auto definition = mapping::parse_definition("fuzz.yaml", std::string(input.substr(0, split)));
  if (!definition) {
    if (definition.error().empty()) lw::fuzz_found("refused without a reason");
    for (const Error& error : definition.error())
      if (error.message.empty() || error.place.column > error.excerpt.size() + 1) lw::fuzz_found("a mistake without a reason or a place");
    return 0;
  }
  if (split == std::string_view::npos) return 0;
  auto feed = mapping::export_feed(event::ByteStream::of(input.substr(split + 1)), "fuzz.csv", *definition);
  if (!feed) return 0;
  event::Line line;
  while ((*feed)->next(line))
    if (line.fault.empty() && !nlohmann::json::accept(line.text)) lw::fuzz_found("an event that is not JSON");
  return 0;
}
