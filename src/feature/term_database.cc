#include "feature/term_database.h"

namespace lw::feature {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}/#-").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

struct Compiled {
  hs_database_t* database = nullptr;
  int failed = -1;
  std::string message;
};

Compiled run(const std::vector<std::string>& texts, const std::vector<unsigned>& flags, const std::vector<unsigned>& ids) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  Compiled out;
  hs_compile_error_t* error = nullptr;
  const hs_error_t status = hs_compile_multi(pointers.data(), flags.data(), ids.data(), static_cast<unsigned>(pointers.size()),
                                             HS_MODE_BLOCK, nullptr, &out.database, &error);
  if (status != HS_SUCCESS) {
    out.failed = error ? error->expression : -1;
    out.message = error ? error->message : "out of memory";
  }
  if (error) hs_free_compile_error(error);
  return out;
}

}  // namespace

tl::expected<TermDatabase, std::vector<Error>> TermDatabase::compile(std::vector<Expression> expressions) {
  std::vector<std::string> texts;
  std::vector<unsigned> flags, ids;
  std::vector<Error> errors;
  TermDatabase out;
  for (std::uint32_t id = 0; id < expressions.size(); ++id) {
    const Expression& expression = expressions[id];
    const unsigned flag = expression.pattern ? HS_FLAG_UTF8 | HS_FLAG_SOM_LEFTMOST : 0u;
    texts.push_back(expression.pattern ? expression.text : quoted(expression.text));
    flags.push_back(flag);
    ids.push_back(id);
    if (!expression.pattern) continue;
    // Alone first, so that every bad pattern is told with its place and not only the first.
    const Compiled alone = run({texts.back()}, {flag}, {id});
    if (alone.database) hs_free_database(alone.database);
    if (alone.failed >= 0 || !alone.message.empty()) {
      errors.push_back({"bad pattern: " + alone.message, expression.place, {}});
    }
  }
  if (!errors.empty()) return tl::make_unexpected(std::move(errors));
  if (!texts.empty()) {
    const Compiled all = run(texts, flags, ids);
    if (!all.database) {
      const Place place = all.failed >= 0 ? expressions[static_cast<std::size_t>(all.failed)].place : Place{};
      return tl::make_unexpected(std::vector<Error>{{"the terms cannot be compiled together: " + all.message, place, {}}});
    }
    out.database_.reset(all.database);
  }
  out.expressions_ = std::move(expressions);
  return out;
}

}  // namespace lw::feature
