#include "desk/actor.h"

#include <algorithm>

namespace lw::desk {
namespace {

// The n-th piece between slashes.
std::string_view piece(std::string_view body, std::size_t n) {
  for (; n > 0; --n) {
    const std::size_t slash = body.find('/');
    if (slash == std::string_view::npos) return {};
    body.remove_prefix(slash + 1);
  }
  return body.substr(0, body.find('/'));
}

}  // namespace

bool Actor::is_party() const { return !is_department() && !is_platform() && body.find('/') != std::string::npos; }
std::string_view Actor::platform() const { return is_department() ? std::string_view() : piece(body, 1); }
std::string_view Actor::party_kind() const { return is_party() ? piece(body, 0) : std::string_view(); }
std::string_view Actor::party_id() const {
  if (!is_party()) return {};
  const std::string_view all = body;
  return all.substr(std::min(all.size(), all.find('/', all.find('/') + 1) + 1));
}

const Actor& machine() {
  static const Actor actor{"livewarden", "livewarden", Role::kNone, {}, 0};
  return actor;
}

}  // namespace lw::desk
