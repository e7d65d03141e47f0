#include "mapping/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "cel/suggest.h"
#include "event/attributes.h"
#include "mapping/text_stream.h"
#include "mapping/value_type.h"
#include "pack/mapping.h"

namespace lw::mapping {
namespace {

using pack::Findings;
using pack::Node;
using pack::Written;

constexpr std::size_t kMaxForms = 100, kMaxEvents = 50, kMaxFields = 200, kMaxFormColumns = 500;

class Reader {
 public:
  explicit Reader(Findings& findings) : findings_(findings) {}

  void read(const Node& root, Definition& out) {
    pack::Mapping mapping(root, "mapping", findings_);
    if (const Written source = mapping.require_written("source")) {
      out.source = source.text;
      if (!event::is_source(out.source)) source.refuse(findings_, fmt::format("{}, such as /platforms/shop", event::kSourceForm));
    }
    zone_ = zone(mapping, "timezone").value_or(*Zone::parse("+08:00"));
    read_own_fields(mapping);
    if (const Node* forms = mapping.require("forms")) read_forms(*forms, out);
    mapping.finish();
  }

 private:
  void read_own_fields(pack::Mapping& mapping) {
    for (const Written& field : mapping.list("fields")) {
      if (schema_.find(field.text)) field.refuse(findings_, fmt::format("{} is in the vocabulary already", field.text));
      own_.insert(field.text);
    }
  }

  void read_forms(const Node& node, Definition& out) {
    if (!node.is_sequence() || node.items.empty()) return findings_.add(node, "`forms` is a list of forms");
    if (node.items.size() > kMaxForms) return findings_.add(node, fmt::format("more than {} forms", kMaxForms));
    std::set<std::string> names;
    for (const Node& item : node.items) {
      Form form;
      pack::Mapping mapping(item, "form", findings_);
      read_form(mapping, form);
      if (!form.name.empty() && !names.insert(form.name).second) findings_.add(item, fmt::format("a second form {}", form.name));
      out.forms.push_back(std::move(form));
    }
  }

  void read_form(pack::Mapping& mapping, Form& form) {
    form.name = mapping.require_text("form");
    form.kind = choice(mapping, "format", {"csv", "json-lines"}) == "json-lines" ? Form::Kind::kJsonLines : Form::Kind::kCsv;
    for (const Written& pattern : mapping.list("files")) form.files.push_back(pattern.text);
    form.encoding = choice(mapping, "encoding", encodings());
    const std::string delimiter = choice(mapping, "delimiter", {",", ";", "\t", "|"});
    form.delimiter = delimiter.empty() ? ',' : delimiter[0];
    form.skip = mapping.integer("skip", 0, 1'000).value_or(0);
    form.sort = mapping.boolean("sort").value_or(false);
    if (form.kind == Form::Kind::kJsonLines) {
      for (const char* key : {"encoding", "delimiter", "skip"}) {
        if (const Node* node = mapping.get(key)) findings_.add(*node, fmt::format("`{}` is for csv alone", key));
      }
    }
    if (const Node* columns = mapping.require("columns")) read_columns(*columns, form);
    const cel::Env env = env_of(form);
    form.when = condition(mapping, env);
    if (const Node* events = mapping.require("events")) read_events(*events, env, form);
    mapping.finish();
  }

  // A list of names, or a mapping of names to what the file calls them; NAME? need not be there.
  void read_columns(const Node& node, Form& form) {
    if (node.is_sequence()) {
      for (const Node& item : node.items) {
        if (pack::is_text(item, "columns", findings_)) add_column(item, nullptr, form);
      }
    } else if (node.is_mapping()) {
      for (const pack::Entry& entry : node.entries) add_column(entry.key, &entry.value, form);
    }
    if (form.columns.empty()) findings_.add(node, "`columns` names the columns that expressions read: order: 订单号");
    if (form.columns.size() > kMaxFormColumns) findings_.add(node, fmt::format("more than {} columns", kMaxFormColumns));
  }

  void add_column(const Node& name, const Node* headers, Form& form) {
    Column column{name.text, {}, true};
    if (column.name.ends_with('?')) {
      column.name.pop_back();
      column.required = false;
    }
    if (!pack::is_name(column.name)) return findings_.add(name, fmt::format("\"{}\" is no name that an expression can use; write NAME: {}", name.text, name.text));
    for (const Column& other : form.columns) {
      if (other.name == column.name) return findings_.add(name, fmt::format("{} is given twice", column.name));
    }
    if (!headers || headers->is_null()) {
      column.headers.push_back(column.name);
    } else if (headers->is_scalar()) {
      column.headers.push_back(headers->text);
    } else {
      if (!headers->is_sequence() || headers->items.empty()) return findings_.add(*headers, "a column's name in the file, or a list of them");
      for (const Node& header : headers->items) {
        if (pack::is_text(header, column.name, findings_)) column.headers.push_back(header.text);
      }
    }
    form.columns.push_back(std::move(column));
  }

  cel::Env env_of(const Form& form) {
    cel::Env env;
    std::vector<cel::Field> fields;
    const cel::Type* type = form.kind == Form::Kind::kCsv ? cel::Type::string() : cel::Type::dyn();
    for (const Column& column : form.columns) fields.push_back({column.name, type, static_cast<std::uint32_t>(fields.size())});
    // The names were checked: these cannot fail.
    (void)env.add_object("row", std::move(fields));
    (void)env.add_variable("file", cel::Type::string(), form.file_slot());
    (void)env.add_variable("line", cel::Type::integer(), form.line_slot());
    return env;
  }

  void read_events(const Node& node, const cel::Env& env, Form& form) {
    if (!node.is_sequence() || node.items.empty()) return findings_.add(node, "`events` is a list of the events that one row makes");
    if (node.items.size() > kMaxEvents) return findings_.add(node, fmt::format("more than {} events", kMaxEvents));
    for (const Node& item : node.items) {
      pack::Mapping mapping(item, "event", findings_);
      read_event(mapping, env, form);
    }
  }

  void read_event(pack::Mapping& mapping, const cel::Env& env, Form& form) {
    const Written type = mapping.require_written("type");
    if (type && event::type_from_name(type.text) == event::Type::kUnknown) {
      type.refuse(findings_, fmt::format("unknown event type {}{}", type.text, cel::suggestion(type.text, event::type_names())));
    }
    auto when = condition(mapping, env);
    const Node* id_node = mapping.require("id");
    const Node* time_node = mapping.require("time");
    auto id = id_node ? value(*id_node, "id", event::Form::kString, env) : std::nullopt;
    auto time = time_node ? value(*time_node, "time", event::Form::kTime, env) : std::nullopt;
    std::vector<Value> data;
    if (const Node* fields = mapping.get("data")) read_data(*fields, env, data);
    mapping.finish();
    if (id && time) form.events.push_back({type.text, std::move(when), std::move(*id), std::move(*time), std::move(data)});
  }

  void read_data(const Node& node, const cel::Env& env, std::vector<Value>& out) {
    if (!node.is_mapping()) return findings_.add(node, "`data` is a mapping of fields to expressions");
    if (node.entries.size() > kMaxFields) return findings_.add(node, fmt::format("more than {} fields", kMaxFields));
    for (const pack::Entry& entry : node.entries) {
      const std::string& name = entry.key.text;
      const auto field = schema_.find(name);
      if (!field && !own_.contains(name)) {
        findings_.add(entry.key, fmt::format("{} is not in the vocabulary{}; a field of the platform's own stands in the mapping's `fields`", name,
                                             cel::suggestion(name, field_names())));
      }
      auto read = value(entry.value, "data." + name, field ? schema_.form(*field) : event::Form::kAny, env);
      if (read) out.push_back(std::move(*read));
    }
  }

  // An expression, or {value: expression, as: …}.
  std::optional<Value> value(const Node& node, std::string name, event::Form form, const cel::Env& env) {
    As as = As::kItself;
    int digits = 2;
    std::optional<Zone> own_zone;
    Written written{node.text, &node, 0};
    if (node.is_mapping()) {
      pack::Mapping mapping(node, "value", findings_);
      written = mapping.require_written("value");
      as = to_as(choice(mapping, "as", as_names()));
      digits = static_cast<int>(mapping.integer("digits", 0, 6).value_or(2));
      own_zone = zone(mapping, "timezone");
      if (as != As::kMoney && mapping.get("digits")) findings_.add(*mapping.get("digits"), "`digits` is for `as: money` alone");
      if (as != As::kTime && mapping.get("timezone")) findings_.add(*mapping.get("timezone"), "`timezone` is for `as: time` alone");
      mapping.finish();
      if (!written) return {};
    } else if (!node.is_scalar() || node.text.empty()) {
      findings_.add(node, fmt::format("{} is an expression", name));
      return {};
    } else if (name == "time") {
      as = As::kTime;  // what else could it be
    }
    auto program = compile(written, env);
    if (!program) return {};
    if (as == As::kTime && name == "time" && program->type()->is(cel::TypeKind::kTimestamp)) as = As::kItself;
    if (const std::string reason = mismatch(*program->type(), as, form); !reason.empty()) {
      written.refuse(findings_, fmt::format("{}: {}", name, reason));
      return {};
    }
    return Value{std::move(name), std::move(*program), as, digits, as == As::kTime ? std::optional(own_zone.value_or(zone_)) : std::nullopt};
  }

  std::optional<cel::Program> condition(pack::Mapping& mapping, const cel::Env& env) {
    const Written written = mapping.written("when");
    if (!written) return {};
    auto program = compile(written, env);
    if (program && !program->type()->is(cel::TypeKind::kBool) && !program->type()->is(cel::TypeKind::kDyn)) {
      written.refuse(findings_, fmt::format("`when` is a bool, not {}", program->type()->to_text()));
    }
    return program;
  }

  std::optional<cel::Program> compile(const Written& written, const cel::Env& env) {
    auto program = cel::compile(env, written.text);
    if (program) return std::move(*program);
    for (const cel::Issue& issue : program.error().list) findings_.add(written.node->error_at(written.offset + issue.offset, issue.message));
    return {};
  }

  std::string choice(pack::Mapping& mapping, std::string_view key, const std::vector<std::string_view>& words) {
    const Written written = mapping.written(key);
    if (!written) return std::string(words.front());
    if (std::find(words.begin(), words.end(), written.text) == words.end()) {
      written.refuse(findings_, fmt::format("`{}` is one of {}{}", key, fmt::join(words, ", "), cel::suggestion(written.text, words)));
    }
    return written.text;
  }

  std::optional<Zone> zone(pack::Mapping& mapping, std::string_view key) {
    const Written written = mapping.written(key);
    if (!written) return {};
    auto found = Zone::parse(written.text);
    if (!found) written.refuse(findings_, "a time zone is an offset such as \"+08:00\" or a name such as Asia/Shanghai");
    return found;
  }

  const std::vector<std::string_view>& field_names() {
    if (names_.empty()) {
      for (std::size_t i = 0; i < schema_.size(); ++i) names_.push_back(schema_.name(static_cast<event::FieldId>(i)));
      names_.insert(names_.end(), own_.begin(), own_.end());
    }
    return names_;
  }

  Findings& findings_;
  event::Schema schema_;
  std::set<std::string, std::less<>> own_;
  std::vector<std::string_view> names_;
  Zone zone_;
};

}  // namespace

tl::expected<std::shared_ptr<const Definition>, Errors> parse_definition(std::string name, std::string text) {
  auto out = std::make_shared<Definition>();
  out->file = name;
  pack::Limits limits;
  limits.nodes = 100'000;
  const auto document = pack::parse_document(std::move(name), std::move(text), limits);
  if (!document) return tl::make_unexpected(Errors{document.error()});
  Findings findings;
  Reader(findings).read(document->root, *out);
  if (!findings.empty()) return tl::make_unexpected(findings.take_sorted());
  return out;
}

tl::expected<std::shared_ptr<const Definition>, Errors> load_definition(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && text.empty()) return tl::make_unexpected(Errors{Error{"no such mapping, or it cannot be read", {path}, {}}});
  return parse_definition(path, std::move(text));
}

Error joined(const Errors& errors) {
  if (errors.size() == 1) return errors.front();
  std::string message;
  for (const Error& error : errors) message += (message.empty() ? "" : "\n") + error.to_string();
  return Error{std::move(message), {}, {}};
}

}  // namespace lw::mapping
