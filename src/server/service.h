// `livewarden serve`: one process on one data folder. This is where everything is put together; each part is told of where it is.
//
//   DATA/desk.sqlite       what people work with (or PostgreSQL, by the configuration)
//   DATA/state/            the engine's event log, snapshots, packs
//   DATA/evidence/         the tree, and evidence.key beside it
//   DATA/names/            keys of pseudonyms
//   DATA/inbox/            files dropped here are taken in
//   DATA/dead-letter.ndjson, and those of the inbox, of Kafka and of the desk
//   DATA/backups/          copies of all that (server/backup.h)
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/judges.h"
#include "server/config.h"
#include "server/demo.h"

namespace lw::server {

class Service {
 public:
  struct Options {
    Config config;
    std::function<std::optional<runtime::Lineup>()> load;  // the packs; what is wrong with them was said
  };
  // Opens everything and restores what is kept. Fails with what people can do about it.
  static Result<std::unique_ptr<Service>> open(Options options);
  ~Service();

  std::vector<std::uint16_t> ports() const;
  // Serves until stop(); then all that was taken in is judged and kept.
  Status run();
  void stop();    // from any thread
  void reload();  // packs are read again; bad ones change nothing. From any thread

  // A recorded evening as if it were this one, of which so many broadcasts are over (server/replay.h). Before run().
  Status replay(const std::string& recording, std::size_t over);
  // Empty where somebody has taken the service up already.
  Result<std::vector<DemoPerson>> make_demo_people();

  struct Impl;

 private:
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lw::server
