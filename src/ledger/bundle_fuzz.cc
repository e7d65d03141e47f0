// Bytes as what a stranger hands over: a bundle, a note, a key, a leaf, a bundle of entries, a path. Nothing breaks, and what is read is
// written as it was.
#include <cstdint>
#include <optional>

#include "base/fuzz_found.h"
#include "ledger/bundle.h"
#include "ledger/leaf.h"
#include "ledger/tiles.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lw::ledger;
  static const SigningKey key = *SigningKey::make("livewarden");
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto& by : {std::optional<VerifierKey>(), std::optional(key.verifier())}) {
    const auto bundle = verify_bundle(bytes, by);
    if (bundle && by && bundle->findings.empty()) lw::fuzz_found("a bundle that nobody sealed");
  }
  if (open_note(bytes, key.verifier())) lw::fuzz_found("a note that nobody signed");
  if (const auto read = VerifierKey::parse(bytes); read && read->text() != bytes) lw::fuzz_found("a key of two forms");
  if (const auto read = Checkpoint::parse(bytes); read && read->text() != bytes) lw::fuzz_found("a checkpoint of two forms");
  if (const auto read = Leaf::parse(bytes); read && read->entry() != bytes) lw::fuzz_found("a leaf of two forms");
  if (const auto read = tile_at(bytes); read && path_of(*read) != bytes) lw::fuzz_found("a path of two forms");
  if (const auto read = from_base64(bytes); read && to_base64(*read) != bytes) lw::fuzz_found("base64 of two forms");
  std::string again;
  const Entries entries = entries_of(bytes);
  for (const std::string_view entry : entries.list) put_entry(again, entry);
  if (entries.whole ? again != bytes : !bytes.starts_with(again)) lw::fuzz_found("entries of two forms");
  return 0;
}
