#include "cli/service_config.h"

#include <string_view>
#include <utility>
#include <vector>

extern char** environ;

namespace lw::cli {

Result<server::Config> service_config(const std::string& file, const std::string& data) {
  std::vector<std::pair<std::string, std::string>> environment;
  for (char** one = environ; *one; ++one) {
    const std::string_view text = *one;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  auto config = server::read_config(file, environment);
  if (config && !data.empty()) config->data = data;
  return config;
}

}  // namespace lw::cli
