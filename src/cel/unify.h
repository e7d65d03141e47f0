// Type variables and what is known of them while an expression is checked.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cel/type.h"

namespace lw::cel {

class Unifier {
 public:
  const Type* fresh();
  // A value of type `from` may stand where `to` is wanted; binds variables of either. Nothing is bound if not.
  bool assignable(const Type* to, const Type* from);
  bool assignable(const std::vector<const Type*>& to, const std::vector<const Type*>& from);
  // With what is known put in; variables of which nothing is known become dyn if `free_to_dyn`.
  const Type* resolve(const Type* type, bool free_to_dyn = false) const;
  // The letters of a signature replaced by fresh variables, the same for the same letter.
  struct Renaming {
    std::vector<std::pair<const Type*, const Type*>> variables;
  };
  const Type* rename(const Type* type, Renaming& renaming);
  // The type of a value that is of one or the other; dyn if they do not agree.
  const Type* join(const Type* a, const Type* b);

 private:
  struct Valid {
    bool valid;
    bool known;
  };
  bool unify(const Type* a, const Type* b);
  Valid bind(const Type* type, const Type* variable);
  const Type* find(const Type* variable) const;
  void set(const Type* variable, const Type* type);
  bool occurs(const Type* variable, const Type* within) const;
  static const Type* rebuild(const Type* type, const std::vector<const Type*>& parameters);
  static bool no_less_general(const Type* a, const Type* b);

  std::unordered_map<const Type*, const Type*> known_;  // asked by key only, never walked
  std::vector<std::pair<const Type*, const Type*>> trail_;
  std::size_t count_ = 0;
};

}  // namespace lw::cel
