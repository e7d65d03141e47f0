// Packs in, plan out. Every mistake of every file is found in one go and told with its place.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pack/plan.h"
#include "pack/testcase.h"

namespace lw::pack {

// What packs may cost; past a limit the file or the pack is refused with the figure.
struct Limits {
  std::size_t file_bytes = 4 << 20;
  std::size_t term_file_bytes = 16 << 20;
  std::size_t files = 2'000;
  std::size_t depth = 64;            // nesting of YAML
  std::size_t nodes = 500'000;       // of one file, aliases counted as often as they are used
  std::size_t rules = 5'000;
  std::size_t features = 5'000;
  std::size_t names = 5'000;         // parameters, fields, derived values, keys and term lists, each
  std::size_t events_of_a_test = 10'000;
};

// A file of a pack in memory.
struct SourceFile {
  std::string path;  // relative to the pack, with '/': "rules/traffic.yaml"
  std::string text;
};

// A pack's directory in memory: all *.yaml, and the term files (*.txt) beside them.
struct Source {
  std::string name;  // the directory, as messages show it
  std::vector<SourceFile> files;
};

struct LoadOptions {
  std::vector<std::string> dirs;          // directories of packs, in order
  std::vector<std::string> params;        // NAME=VALUE; later ones win
  std::vector<std::string> params_files;  // YAML files of `params: {NAME: VALUE}`, applied before `params`
  std::vector<SourceFile> params_texts;   // the same, read already
  std::vector<std::string> enable;        // ids of rules to switch on
  bool enable_all = false;                // every rule on, as `rules test` wants it
  // Where a pack named by `uses` is found when it does not stand beside the one that uses it; empty: shipped_root().
  std::string root;
  Limits limits;
};

// One pack as `rules check` tells of it.
struct Summary {
  std::string name;  // id@version
  std::string dir;
  bool asked_for = true;  // false: only because another uses it
  bool desk = false;      // it has such a section
  std::size_t rules = 0, off = 0, shadow = 0, features = 0, lists = 0, terms = 0, params = 0, records = 0, tests = 0;
  std::vector<std::string> obligations;  // rows of the law table covered, each once, sorted
};

// A rule as `rules list` shows it, on or off.
struct Listed {
  std::string id, obligation, violation, lead, pack;
  Localised title;
  std::string known;  // the grades of its bases, each once: "SN"
  bool on = true, shadow = false;
  std::string file;
  std::uint32_t line = 0;
};

struct Loaded {
  Plan plan;
  std::vector<Listed> rules;      // all of them, by id
  std::vector<TestCase> tests;    // in the order of files; those of rules that are off only with enable_all
  std::vector<Summary> packs;     // in the order loaded, those of `uses` first
  std::vector<Error> notes;       // what is not wrong but looks forgotten: an unused feature, list, parameter
};

// Never empty; sorted by file, line, column.
using Errors = std::vector<Error>;

struct Bundle;  // pack/bundle.h

// Reads the directories and plans them. An unreadable directory is an Error without a line. What was read is kept in `read`
// if that is given.
tl::expected<Loaded, Errors> load(const LoadOptions& options, Bundle* read = nullptr);

// The same from memory; `options.dirs` and `options.params_files` are ignored. `find` gives a pack named by `uses` (null: there is none).
using FindPack = std::function<Result<Source>(const std::string& id)>;
tl::expected<Loaded, Errors> load(std::vector<Source> sources, const LoadOptions& options, const FindPack& find = nullptr);

// Reads a pack's directory into memory; files in the order of their paths.
Result<Source> read_directory(const std::string& dir, const Limits& limits = {});

// The folder of the packs that come with the program, found from the binary's own place (../../packs of a build,
// ../share/livewarden/packs of an installation); empty if there is none. LW_PACKS in the environment overrides it.
std::string shipped_root();

}  // namespace lw::pack
