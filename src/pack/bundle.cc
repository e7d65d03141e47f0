#include "pack/bundle.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"

namespace lw::pack {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const std::vector<SourceFile>& files) {
  ordered_json out = ordered_json::array();
  for (const SourceFile& file : files) out.push_back({{"path", file.path}, {"text", file.text}});
  return out;
}

ordered_json to_json(const std::vector<Source>& sources) {
  ordered_json out = ordered_json::array();
  for (const Source& source : sources) out.push_back({{"name", source.name}, {"files", to_json(source.files)}});
  return out;
}

std::vector<SourceFile> files_of(const ordered_json& in) {
  std::vector<SourceFile> out;
  for (const ordered_json& file : in) out.push_back({file.at("path"), file.at("text")});
  return out;
}

std::vector<Source> sources_of(const ordered_json& in) {
  std::vector<Source> out;
  for (const ordered_json& source : in) out.push_back({source.at("name"), files_of(source.at("files"))});
  return out;
}

}  // namespace

std::string Bundle::to_text() const {
  const ordered_json out{{"packs", to_json(packs)}, {"used", to_json(used)}, {"params_files", to_json(params_files)}, {"params", params}, {"enable", enable}};
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<Bundle> Bundle::from_text(std::string_view text) {
  try {
    const ordered_json in = ordered_json::parse(text);
    return Bundle{sources_of(in.at("packs")), sources_of(in.at("used")), files_of(in.at("params_files")), in.at("params"), in.at("enable")};
  } catch (const ordered_json::exception& wrong) {
    return fail("not a bundle of packs: {}", wrong.what());
  }
}

tl::expected<Loaded, Errors> load(const Bundle& bundle, const Limits& limits) {
  LoadOptions options;
  options.params = bundle.params;
  options.params_texts = bundle.params_files;
  options.enable = bundle.enable;
  options.limits = limits;
  // By the name of its directory, as read_bundle() found it.
  return load(bundle.packs, options, [&](const std::string& id) -> Result<Source> {
    for (const Source& source : bundle.used) {
      if (source.name == id || source.name.ends_with("/" + id)) return source;
    }
    return fail("the bundle does not hold it");
  });
}

std::string print_of(std::string_view bundle_text) {
  const Key128 print = hash128(bundle_text);
  return fmt::format("{:016x}{:016x}", print.high, print.low);
}

}  // namespace lw::pack
