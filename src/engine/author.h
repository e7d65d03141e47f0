// Writes what a decision says, from the slots as they are: message, values shown, who is liable, the record's fields.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/decision.h"
#include "engine/entities.h"
#include "engine/scene.h"
#include "engine/texts.h"
#include "pack/plan.h"

namespace lw::engine {

class Author {
 public:
  Author(const pack::Plan& plan, Entities& entities, const Texts& texts);

  // What only the event in hand can tell; a timer keeps it: the estimates among the values shown, the words hit, and the
  // events behind the sets shown. The views live until the next call.
  void explain(pack::Index rule, Scene& scene, Decision& decision);

  // The rest but the target: texts live until the next call.
  void write(pack::Index rule, Scene& scene, Decision& decision);

  // Only what depends on the slots of the record: who, where, liable.
  void write_record(pack::Index rule, const Scene& scene, Decision& decision) const;

  // All slots that write() reads for a rule, ascending.
  std::vector<pack::Slot> slots_of(pack::Index rule) const;

  // The slots of room, session, host, operator, mcn and merchant.
  const std::array<pack::Slot, 6>& record_slots() const { return record_; }

  // Adds a name to the decision's evidence unless it is there or the limit is reached.
  void add_evidence(std::string_view name, Decision& decision);
  void clear_evidence(Decision& decision);

 private:
  struct Shown {  // what a rule shows, prepared
    std::vector<std::uint32_t> lists;             // term lists
    std::vector<std::pair<std::string_view, std::pair<pack::Index, pack::Index>>> features;  // name → feature, key
  };
  void append_message(const pack::Template& message, bool chinese, Scene& scene, std::string& out) const;
  static void append_money(std::string& out, std::int64_t minor);
  void append_text(std::string& out, const cel::Value& value, bool chinese) const;

  const pack::Plan& plan_;
  Entities& entities_;
  const Texts& texts_;
  std::array<pack::Slot, 6> record_;
  std::vector<Shown> shown_;  // by rule
  std::string features_, approximate_, hits_, zh_, en_;
  std::vector<std::string_view> evidence_;
  std::vector<std::uint64_t> evidence_hashes_;
};

}  // namespace lw::engine
