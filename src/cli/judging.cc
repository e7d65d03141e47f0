#include "cli/judging.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/say.h"
#include "pack/bundle.h"

namespace lw::cli {

void PackOptions::add_to(CLI::App& verb) {
  verb.add_option("--pack", load.dirs, "a pack's directory; may be given several times (default: the shipped cn-live-commerce)")->type_name("DIR")->allow_extra_args(false);
  verb.add_option("--param", load.params, "overrides a parameter of the packs; may be given several times")->type_name("NAME=VALUE")->allow_extra_args(false);
  verb.add_option("--params", load.params_files, "a YAML file of overrides, params: {NAME: VALUE}")->type_name("FILE")->allow_extra_args(false);
  verb.add_option("--enable", load.enable, "switches on a rule that is off by default; may be given several times")->type_name("RULE")->allow_extra_args(false);
}

std::optional<pack::Loaded> load_packs(pack::LoadOptions options, pack::Bundle* read) {
  if (options.dirs.empty()) {
    const std::string root = options.root.empty() ? pack::shipped_root() : options.root;
    if (root.empty()) {
      say::error("the shipped packs are not found beside the program; name one with --pack DIR");
      return std::nullopt;
    }
    options.dirs.push_back((std::filesystem::path(root) / "cn-live-commerce").string());
  }
  auto loaded = pack::load(options, read);
  if (loaded) return std::move(*loaded);
  for (const Error& error : loaded.error()) say::error(error);
  return std::nullopt;
}

runtime::Packs load_kept_packs(const pack::LoadOptions& options, bool enforced) {
  pack::Bundle read;
  auto loaded = load_packs(options, &read);
  return loaded ? runtime::Packs::of(std::move(*loaded), read.to_text(), enforced) : runtime::Packs{};
}

void InputOptions::add_to(CLI::App& verb) {
  verb.add_option("--format", source.format, "auto, cloudevents, bililive-xml, twitch-json, or a mapping's YAML file")->capture_default_str();
  verb.add_option("--lateness", lateness, "holds events back so long to put them in order: 30s, 5m")->type_name("DUR")->capture_default_str();
  verb.add_option("--repeat-horizon", source.repeat_horizon, "an event that comes again is dropped if it came at most so many events ago, found by source and id; 13 to 27 bytes each")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->type_name("EVENTS")
      ->capture_default_str();
  verb.add_option("--pseudonym-key", source.pseudonym_key, "a file with a key: personal ids are replaced by keyed hashes")->type_name("FILE");
}

Status InputOptions::finish() {
  const auto duration = parse_duration(lateness);
  if (!duration || duration->ns < 0) return fail("--lateness {}: expected a duration such as 30s, 5m or 1h30m", lateness);
  source.lateness = *duration;
  return {};
}

Status outputs_apart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
  namespace fs = std::filesystem;
  const auto same = [](const std::string& a, const std::string& b) {
    std::error_code wrong;
    if (a == "-" || b == "-") return false;
    if (fs::exists(a, wrong) && fs::exists(b, wrong)) return fs::is_regular_file(a, wrong) && fs::equivalent(a, b, wrong);
    return fs::weakly_canonical(a, wrong) == fs::weakly_canonical(b, wrong);
  };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const std::string& input : inputs) {
      if (same(outputs[i], input)) return fail("{}: is read and would be overwritten; name another output", outputs[i]);
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (same(outputs[i], outputs[j])) return fail("{}: two outputs have this name; name another for one of them", outputs[i]);
    }
  }
  return {};
}

int exit_code_of(const runtime::Counts& counts) { return counts.events == 0 && counts.broken_inputs > 0 ? 2 : 0; }

std::string describe(const runtime::Counts& counts) {
  std::string out = fmt::format("{} events", counts.events);
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) out += fmt::format(", {} {}", count, what);
  };
  add(counts.bad, "bad (in the dead letter)");
  add(counts.late, "late");
  add(counts.duplicates, "repeated");
  add(counts.unknown_types, "of unknown type");
  return out;
}

}  // namespace lw::cli
