// What Vectorscan needs of term lists: one database of all expressions, and what each expression stands for.
#pragma once

#include <hs/hs.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lw::feature {

// One expression of one list. Several lists may hold the same expression: it is compiled and matched once.
struct Meaning {
  std::uint32_t list;
  std::uint32_t term;  // of the list, or kException
  static constexpr std::uint32_t kException = UINT32_MAX;
};

struct Expression {
  std::string text;    // normalised, or the pattern as written
  Place place;         // of the first that wrote it
  bool pattern = false;
  std::uint32_t size = 0;  // bytes of a plain expression
  // Where it begins or ends with a Latin letter (digit), the text must not go on with one.
  std::vector<Meaning> meanings;
};

class TermDatabase {
 public:
  static tl::expected<TermDatabase, std::vector<Error>> compile(std::vector<Expression> expressions);

  const Expression& expression(std::uint32_t id) const { return expressions_[id]; }
  bool empty() const { return expressions_.empty(); }
  const hs_database_t* get() const { return database_.get(); }

 private:
  struct Free {
    void operator()(hs_database_t* database) const { hs_free_database(database); }
  };
  std::vector<Expression> expressions_;
  std::unique_ptr<hs_database_t, Free> database_;
};

}  // namespace lw::feature
