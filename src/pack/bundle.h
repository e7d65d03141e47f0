// All that a plan is made of, in memory: kept so that the same plan can be made again when the directories have changed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pack/load.h"

namespace lw::pack {

struct Bundle {
  std::vector<Source> packs;             // asked for, in their order
  std::vector<Source> used;              // found because others use them
  std::vector<SourceFile> params_files;  // read
  std::vector<std::string> params, enable;

  // One text for the same contents: JSON.
  std::string to_text() const;
  static Result<Bundle> from_text(std::string_view text);
};

// The plan again. load(options, &bundle) fills a bundle.
tl::expected<Loaded, Errors> load(const Bundle& bundle, const Limits& limits = {});

// 32 hexadecimal digits that stand for the text.
std::string print_of(std::string_view bundle_text);

}  // namespace lw::pack
