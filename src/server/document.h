// The API's document (openapi.yaml), read once: which operation a request means, what it may hold, who may call it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "desk/answer.h"

namespace lw::server {

class Schema;

struct Parameter {
  std::string name;
  bool required = false;
  bool rest = false;  // of a path: takes all that is left of it
  enum class Type : std::uint8_t { kString, kInteger, kBoolean } type = Type::kString;
  std::string otherwise;  // its default; empty: none
  std::shared_ptr<const Schema> schema;
};

struct Operation {
  std::string id, method;                         // "claimCase", "POST"
  std::vector<std::string> path;                  // its template, in pieces: "v1", "cases", "{id}", "claim"
  std::vector<Parameter> in_path, in_query;
  std::map<std::string, std::shared_ptr<const Schema>> bodies;  // by media type; empty: none is taken
  bool body_required = false;
  bool open = false;                              // nobody is asked who they are
  bool streams = false;                           // x-stream: the body is not read before the call
  bool loopback = false;                          // x-loopback: from the same machine nobody is asked
  std::vector<std::string> roles, kinds;          // of people; of bodies
  std::string scope;                              // of tokens; empty: none may
  bool writes() const { return method != "GET"; }
};

// A request line's meaning. Path parameters are percent-decoded; both kinds are checked.
struct Target {
  const Operation* operation = nullptr;
  std::map<std::string, std::string> path, query;
};

// Why a target means nothing: 400, 404, 405 (with the methods that there are), or 414.
struct NoTarget {
  int status = 404;
  std::string message, field, allow;
};

class Document {
 public:
  // `yaml` as a whole. Refuses what is inconsistent in it: the document is the program's own.
  static Result<std::unique_ptr<Document>> parse(std::string_view yaml);
  // The one that the program carries.
  static Result<std::unique_ptr<Document>> own();
  ~Document();

  // HEAD means what GET means. `target` as it stands in the request line.
  tl::expected<Target, NoTarget> route(std::string_view method, std::string_view target) const;
  // A body of that media type (without its parameters): null if it holds, else kInvalid with the field.
  desk::Answer<void> check(const Operation& operation, const std::string& media_type, const desk::Json& body) const;
  // What an operation answered, against the document: for tests. Says what is wrong; empty if nothing is.
  std::string check_reply(const std::string& operation_id, int status, const desk::Json& body) const;

  const std::vector<Operation>& operations() const { return operations_; }
  const Operation* find(std::string_view id) const;
  const std::string& json() const { return json_; }  // served as /openapi.json

 private:
  Document() = default;
  friend class DocumentReader;
  desk::Json root_;
  std::string json_;
  std::vector<Operation> operations_;
};

}  // namespace lw::server
