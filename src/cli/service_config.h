// The service's configuration as the verbs that work on its data folder read it.
#pragma once

#include <string>

#include "base/result.h"
#include "server/config.h"

namespace lw::cli {

// `file`, if it is not empty, then the environment, then `data`, if it is not empty.
Result<server::Config> service_config(const std::string& file, const std::string& data);

}  // namespace lw::cli
