// For tests: a database of its own, on SQLite in a temporary folder, or on the PostgreSQL server whose address LW_POSTGRES holds.
#pragma once

#include <gtest/gtest.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "store/database.h"

namespace lw::store {

class ScratchDatabase {
 public:
  static const char* server() { return std::getenv("LW_POSTGRES"); }

  explicit ScratchDatabase(bool on_server = server() != nullptr) : on_server_(on_server) {
    static int count = 0;
    const std::string name = "lw_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
    folder_ = (std::filesystem::temp_directory_path() / name).string();
    std::filesystem::create_directory(folder_);
    place_ = "sqlite:" + folder_ + "/desk.sqlite";
    if (!on_server_) return;
    name_ = name;
    order("CREATE DATABASE " + name_);
    place_ = server();
    const std::size_t path = place_.find('/', place_.find("://") + 3);
    place_.replace(path, place_.find('?', path) - path, "/" + name_);
  }
  ~ScratchDatabase() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    if (on_server_) order("DROP DATABASE " + name_ + " WITH (FORCE)");
  }
  ScratchDatabase(const ScratchDatabase&) = delete;
  ScratchDatabase& operator=(const ScratchDatabase&) = delete;

  std::unique_ptr<Database> open(std::size_t readers = 4) const {
    auto opened = Database::open(place_, readers);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  // To the server itself. SOCI takes an address only with a parameter in it.
  static std::string of_server() { return std::string(server()) + "?connect_timeout=5"; }
  static void order(const std::string& sql) { soci::session(soci::postgresql, of_server()) << sql; }

  const std::string& place() const { return place_; }
  const std::string& folder() const { return folder_; }
  const std::string& name() const { return name_; }  // on the server

 private:
  bool on_server_;
  std::string folder_, place_, name_;
};

}  // namespace lw::store
