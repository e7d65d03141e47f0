// The console's files, read once when the service starts: no request reaches the disk, and no path leads out of the folder.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lw::server {

class Files {
 public:
  struct File {
    std::string type, etag, bytes;
    std::string gzip;         // the same compressed; empty where that gains nothing
    bool lasting = false;     // its name holds a hash of it
  };

  Files() = default;  // none
  // Refuses a folder without index.html, and more than kMostBytes.
  static Result<Files> read(const std::string& folder);

  // By pieces of the path, decoded. What is no file is a page of the application, index.html: names of rooms and parties may hold dots.
  // Null, for there is none: under assets/, and what has a suffix at the top.
  const File* find(const std::vector<std::string>& path) const;

  static constexpr std::size_t kMostBytes = 64 << 20;

 private:
  std::map<std::string, File, std::less<>> files_;
};

// Where the console's files are by default: beside the binary of a build, or where they are installed. Empty: nowhere.
std::string default_console(const std::string& binary);

}  // namespace lw::server
