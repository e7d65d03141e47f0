#include "store/postgresql_tools.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

extern char** environ;

namespace lw::store {
namespace {

// The address as the variables that libpq reads, of which the first of a name counts: what stands among a program's arguments, all users
// of the machine can see.
struct Reached {
  std::string database;
  std::vector<std::string> environment;
};

Result<Reached> reached_by(const std::string& address) {
  char* wrong = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(address.c_str(), &wrong), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> message(wrong, &PQfreemem);
  if (!options) return fail("the database's address cannot be read");
  Reached out;
  for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
    if (option->val && option->envvar) out.environment.push_back(std::string(option->envvar) + "=" + option->val);
    if (option->val && std::strcmp(option->keyword, "dbname") == 0) out.database = option->val;
  }
  for (char** one = environ; *one; ++one) out.environment.emplace_back(*one);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string all_of(int descriptor) {
  std::string out;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(descriptor, buffer, sizeof buffer)) != 0;) {
    if (size < 0 && errno != EINTR) break;
    if (size > 0) out.append(buffer, static_cast<std::size_t>(size));
  }
  return out;
}

Status run(std::vector<std::string> arguments, Reached reached) {
  int said[2];  // what it says of errors
  if (::pipe2(said, O_CLOEXEC) != 0) return fail("{}: {}", arguments[0], std::strerror(errno));
  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, said[1], STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);  // no socket of the service outlives it there
  // Signals that this process holds back or ignores are not to be held back there.
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_init(&how);
  ::posix_spawnattr_setsigmask(&how, &none);
  ::posix_spawnattr_setsigdefault(&how, &all);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int spawned = ::posix_spawnp(&child, arguments[0].c_str(), &files, &how, pointers(arguments).data(), pointers(reached.environment).data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&how);
  ::close(said[1]);
  const std::string text = spawned == 0 ? all_of(said[0]) : std::string();
  ::close(said[0]);
  if (spawned != 0) return fail("{}: {}: PostgreSQL's own tools make the copy; install its client programs", arguments[0], std::strerror(spawned));
  int state = 0;
  pid_t ended = 0;
  do ended = ::waitpid(child, &state, 0);
  while (ended < 0 && errno == EINTR);
  if (ended == child && WIFEXITED(state) && WEXITSTATUS(state) == 0) return {};
  return fail("{} failed: {}", arguments[0], text.substr(0, text.find('\n')));
}

}  // namespace

Status dump_postgresql(const std::string& address, const std::string& path) {
  auto reached = reached_by(address);
  if (!reached) return tl::make_unexpected(reached.error());
  return run({"pg_dump", "--no-password", "--format=custom", "--no-owner", "--no-privileges", "--file=" + path}, std::move(*reached));
}

Status fill_postgresql(const std::string& address, const std::string& path) {
  auto reached = reached_by(address);
  if (!reached) return tl::make_unexpected(reached.error());
  const std::string database = "--dbname=" + reached->database;
  return run({"pg_restore", "--no-password", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", database, path}, std::move(*reached));
}

}  // namespace lw::store
