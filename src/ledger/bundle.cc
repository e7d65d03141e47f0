#include "ledger/bundle.h"

#include <algorithm>

#include "base/json_depth.h"
#include "ledger/leaf.h"

namespace lw::ledger {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kFormat = "livewarden-evidence/1", kTree = "rfc6962-sha256", kSealed = "sha256:";
constexpr std::size_t kMostDepth = 64;

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// What is signed of a bundle. Its first line is no log's origin, so that nobody can take it for a checkpoint.
std::string seal_of(const std::string& name, const Json& bundle) {
  return fmt::format("{} bundle\n{}{}\n", name, kSealed, to_base64(bytes_of(sha256({to_text(bundle)}))));
}

const std::string& text_of(const Json& json, const char* name) {
  static const std::string none;
  const auto at = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && at != json.end() && at->is_string() ? at->get_ref<const std::string&>() : none;
}

Result<Proof> proof_of(const Json& leaf) {
  Proof out;
  if (!leaf.contains("proof") || !leaf["proof"].is_array()) return fail("has no proof");
  for (const Json& item : leaf["proof"]) {
    const auto hash = item.is_string() ? hash_from_base64(item.get_ref<const std::string&>()) : std::nullopt;
    if (!hash) return fail("its proof is no list of hashes in base64");
    out.push_back(*hash);
  }
  return out;
}

// The leaf, once all of it holds.
Result<Leaf> check_leaf(const Json& json, const Checkpoint& checkpoint) {
  const std::string& entry = text_of(json, "entry");
  auto leaf = Leaf::parse(entry);
  if (!leaf) return leaf;
  const auto proof = proof_of(json);
  if (!proof) return tl::make_unexpected(proof.error());
  if (!json.contains("n") || json["n"] != Json(leaf->n)) return fail("says that it is another entry");
  if (!includes(checkpoint.root, checkpoint.size, leaf->n, leaf_hash(entry), *proof)) return fail("its proof does not lead to the root that was signed");
  const std::string &salt = text_of(json, "salt"), &record = text_of(json, "opened");
  if (salt.empty() && record.empty()) return leaf;
  if (const Status good = check_opened(leaf->commitment, salt, record); !good) return tl::make_unexpected(good.error());
  return leaf;
}

}  // namespace

Result<Json> proven(const Reader& tree, const Checkpoint& checkpoint, const Opened& leaf) {
  if (leaf.n >= checkpoint.size) return fail("entry {} is not in the tree yet: its checkpoint covers {}", leaf.n, checkpoint.size);
  const auto entry = tree.entry(leaf.n, checkpoint.size);
  if (!entry) return tl::make_unexpected(entry.error());
  const auto proof = tree.inclusion(leaf.n, checkpoint.size);
  if (!proof) return tl::make_unexpected(proof.error());
  Json hashes = Json::array();
  for (const Hash& hash : *proof) hashes.push_back(to_base64(bytes_of(hash)));
  Json out{{"entry", *entry}, {"n", leaf.n}, {"opened", leaf.record}, {"proof", std::move(hashes)}, {"salt", leaf.salt}};
  if (const auto good = check_leaf(out, checkpoint); !good) return fail("{}: entry {}: {}", tree.folder(), leaf.n, good.error().message);
  return out;
}

Result<std::string> write_bundle(const Reader& tree, const SigningKey& key, const std::vector<Opened>& leaves, Json about) {
  const auto note = tree.note();
  if (!note) return tl::make_unexpected(note.error());
  const auto checkpoint = Checkpoint::open(*note, key.verifier());
  if (!checkpoint) return fail("{}/checkpoint: {}", tree.folder(), checkpoint.error().message);
  Json list = Json::array();
  for (const Opened& leaf : leaves) {
    auto one = proven(tree, *checkpoint, leaf);
    if (!one) return tl::make_unexpected(one.error());
    list.push_back(std::move(*one));
  }
  const Json bundle{{"about", std::move(about)}, {"checkpoint", *note}, {"format", kFormat}, {"leaves", std::move(list)}, {"tree", kTree}, {"vkey", key.verifier().text()}};
  return to_text(Json{{"bundle", bundle}, {"seal", key.sign(seal_of(key.verifier().name(), bundle))}}) + "\n";
}

Result<VerifiedBundle> verify_bundle(std::string_view text, const std::optional<VerifierKey>& key) {
  if (nested_deeper(text, kMostDepth)) return fail("is no bundle: nested deeper than {}", kMostDepth);
  const Json file = Json::parse(text, nullptr, false);
  if (!file.is_object() || !file.contains("bundle") || !file["bundle"].is_object()) return fail("is no bundle: a JSON object with bundle and seal");
  const Json& bundle = file["bundle"];
  if (text_of(bundle, "format") != kFormat) return fail("is no bundle of the format {}", kFormat);
  if (text_of(bundle, "tree") != kTree) return fail("its tree is of the kind \"{}\"; this program knows {}", text_of(bundle, "tree"), kTree);
  VerifiedBundle out;
  out.about = Json::object();
  const auto find = [&](std::string where, std::string what) {
    if (out.findings.size() < Verified::kMostFindings) out.findings.push_back({std::move(where), std::move(what)});
  };
  const auto own = VerifierKey::parse(text_of(bundle, "vkey"));
  if (!own) find("vkey", own.error().message);
  else if (key && *own != *key) find("vkey", fmt::format("is another key than the one given: {}, not {}", own->text(), key->text()));
  if (!key && !own) return out;
  const VerifierKey& by = key ? *key : *own;
  // Numbers and escapes can be written in several ways, of which one is the file that was sealed.
  if (file.size() != 2 || to_text(file) + "\n" != text) find("file", "is not written as this program writes it: some byte was altered");
  const auto seal = open_note(text_of(file, "seal"), by);
  if (!seal) find("seal", seal.error().message);
  else if (*seal != seal_of(by.name(), bundle)) find("seal", "is of another bundle: something in this one was altered, added or left out");
  auto checkpoint = Checkpoint::open(text_of(bundle, "checkpoint"), by);
  if (!checkpoint) {
    find("checkpoint", checkpoint.error().message);
    return out;
  }
  out.checkpoint = std::move(*checkpoint);
  out.vkey = by.text();
  if (bundle.contains("about") && bundle["about"].is_object()) out.about = bundle["about"];
  else find("about", "is no object");
  const Json leaves = bundle.value("leaves", Json::array());
  if (!leaves.is_array()) find("leaves", "are no list");
  for (std::size_t i = 0; leaves.is_array() && i < leaves.size(); ++i) {
    const Json& json = leaves[i];
    const auto leaf = check_leaf(json, out.checkpoint);
    if (!leaf) {
      const bool numbered = json.is_object() && json.contains("n") && json["n"].is_number_unsigned();
      find(fmt::format("leaves[{}]", i), numbered ? fmt::format("entry {}: {}", json["n"].get<std::uint64_t>(), leaf.error().message) : leaf.error().message);
      continue;
    }
    ++out.kinds[leaf->kind];
    ++(text_of(json, "salt").empty() ? out.deleted : out.opened);
  }
  return out;
}

}  // namespace lw::ledger
