// Any bytes as a request: its header, its line's meaning, its body.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json_depth.h"
#include "server/document.h"
#include "server/event_text.h"
#include "server/inflate.h"
#include "server/request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lw::server;
  static const auto document = Document::own();
  if (!document) std::abort();
  std::string buffer(reinterpret_cast<const char*>(data), size), body;
  RequestReader reader(8192);
  if (reader.read_head(buffer) != RequestReader::State::kDone) return 0;
  const Request& request = reader.request();
  const auto target = (*document)->route(request.method, request.target);
  if (request.has_body && reader.read_body(buffer, body) == RequestReader::State::kBad) return 0;
  std::string plain;
  if (const auto inflater = Inflater::of(request.field("content-encoding"), 1 << 20, 100)) {
    std::string_view in = body;
    auto flow = Inflater::Flow::kFull;
    while (flow == Inflater::Flow::kFull || (flow == Inflater::Flow::kHungry && !in.empty())) flow = inflater->step(in, plain, 4096);
    if (plain.size() > (1 << 20) + 4096) std::abort();
  }
  static_cast<void>(lines_of(plain, true));
  if (!target || target->operation->bodies.empty() || lw::nested_deeper(plain, 32)) return 0;
  const auto json = lw::desk::Json::parse(plain, nullptr, false);
  if (!json.is_discarded()) static_cast<void>((*document)->check(*target->operation, target->operation->bodies.begin()->first, json));
  return 0;
}
