#include "cel/names.h"

namespace lw::cel {

QualifiedName qualified_name(const Ast& ast, NodeId id) {
  std::vector<const Node*> chain;
  for (const Node* node = &ast.at(id);; node = &ast.at(node->args[0])) {
    chain.push_back(node);
    if (node->kind == NodeKind::kIdent) break;
    if (node->kind != NodeKind::kSelect || node->test_only || node->optional) return {};
  }
  QualifiedName name;
  name.root = chain.back()->name;
  name.absolute = chain.back()->absolute;
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (i + 1 < chain.size()) name.text += '.';
    name.text += chain[i]->name;
  }
  return name;
}

std::vector<std::string> candidates(std::string_view container, std::string_view name, bool absolute) {
  std::vector<std::string> names;
  while (!absolute && !container.empty()) {
    names.push_back(fmt::format("{}.{}", container, name));
    const std::size_t dot = container.rfind('.');
    container = dot == std::string_view::npos ? std::string_view() : container.substr(0, dot);
  }
  names.emplace_back(name);
  return names;
}

const Declaration* find_declaration(const Env::Impl& env, std::string_view name, bool absolute) {
  for (const std::string& candidate : candidates(env.container, name, absolute))
    if (const auto found = env.names.find(candidate); found != env.names.end()) return &found->second;
  return nullptr;
}

const Type* find_type(const Env::Impl& env, std::string_view name, bool absolute) {
  static const Type* const kTypes[] = {Type::boolean(),   Type::integer(),  Type::natural(), Type::real(), Type::string(),
                                       Type::bytes(),     Type::null(),     Type::timestamp(), Type::duration(),
                                       Type::list(Type::dyn()), Type::map(Type::dyn(), Type::dyn()), Type::type(Type::dyn()),
                                       Type::optional(Type::dyn()), Type::ip(), Type::cidr()};
  for (const std::string& candidate : candidates(env.container, name, absolute))
    for (const Type* type : kTypes)
      if (type->name() == candidate) return type;
  return nullptr;
}

std::vector<const Overload*> find_overloads(const Env::Impl& env, std::string_view name, Style style) {
  std::vector<const Overload*> found;
  for (const FunctionTable* table : {&functions(), static_cast<const FunctionTable*>(&env.declared)})
    for (const Overload& overload : table->find(name))
      if (overload.style == style) found.push_back(&overload);
  return found;
}

std::string find_function(const Env::Impl& env, std::string_view name, bool absolute) {
  for (const std::string& candidate : candidates(env.container, name, absolute))
    if (!find_overloads(env, candidate, Style::kFunction).empty()) return candidate;
  return {};
}

std::vector<std::string_view> declared_names(const Env::Impl& env) {
  std::vector<std::string_view> names;
  for (const auto& [name, declaration] : env.names) names.push_back(name);
  return names;
}

}  // namespace lw::cel
