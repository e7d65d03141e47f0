// Bytes as a pack in memory: whatever they are, they are loaded or refused with a place, and nothing breaks.
// A byte 0x1e splits the input into files: the first is the pack's YAML, the second a term file, the third parameters.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fuzz_found.h"
#include "pack/load.h"

namespace {

using namespace lw::pack;

std::vector<std::string> split(std::string_view input) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = input.find('\x1e');
    parts.emplace_back(input.substr(0, at));
    if (at == std::string_view::npos) return parts;
    input.remove_prefix(at + 1);
  }
}

void check_place(const lw::Error& error) {
  if (error.message.empty()) lw::fuzz_found("an error without a message");
  if (error.place.column > error.excerpt.size() + 1) lw::fuzz_found("a caret outside its line");
  (void)error.to_string();
}

void check_plan(const Plan& plan) {
  for (const Journey& journey : plan.journeys) {
    for (const auto* visits : {&journey.links, &journey.record_links, &journey.visits}) {
      for (const Visit& visit : *visits) {
        if (visit.key >= plan.keys.size()) lw::fuzz_found("a visit of no key");
        for (const Visit::Step& step : visit.steps) {
          if (step.feature >= plan.features.size()) lw::fuzz_found("a step without a feature");
          const Feature& read = plan.features[step.feature];
          if (plan.tables[visit.table].of != plan.keys[visit.key].table) lw::fuzz_found("a visit to another's table");
          if (read.spec.op != lw::feature::Op::kGet && read.table != visit.table) lw::fuzz_found("a step in another's table");
          if (!step.update() && step.slot >= plan.slot_count) lw::fuzz_found("a slot past the end");
        }
      }
    }
    for (const Index rule : journey.rules) {
      if (rule >= plan.rules.size()) lw::fuzz_found("a rule that is none");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts = split({reinterpret_cast<const char*>(data), size});
  Source source{"fuzz", {{"pack.yaml", parts[0]}}};
  if (parts.size() > 1) source.files.push_back({"terms.txt", parts[1]});
  LoadOptions options;
  options.enable_all = true;
  options.limits.nodes = 20'000;
  options.limits.events_of_a_test = 100;
  if (parts.size() > 2) options.params.push_back(parts[2]);
  const auto loaded = load({std::move(source)}, options);
  if (loaded) {
    check_plan(loaded->plan);
    for (const lw::Error& note : loaded->notes) check_place(note);
  } else {
    if (loaded.error().empty()) lw::fuzz_found("refused without a reason");
    for (const lw::Error& error : loaded.error()) check_place(error);
  }
  return 0;
}
