// livewarden completion, livewarden man: both are made from the verbs themselves, so that neither can fall behind.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "cli/say.h"
#include "cli/verbs.h"

namespace lw::cli {
namespace {

using Verbs = std::vector<const CLI::App*>;

Verbs verbs_of(const CLI::App& app) {
  Verbs out;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) out.push_back(verb);
  return out;
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> out;
  for (const CLI::Option* option : app.get_options()) out.push_back(option);
  return out;
}

std::string words_of(const CLI::App& app) {
  std::string out;
  for (const CLI::App* verb : verbs_of(app)) out += verb->get_name() + " ";
  for (const CLI::Option* option : options_of(app))
    for (const std::string& name : option->get_lnames()) out += "--" + name + " ";
  if (!out.empty()) out.pop_back();
  return out;
}

// Calls f(path, app) for the program and each verb below it; the path is "audit", "rules check".
void for_each_verb(const CLI::App& app, const std::string& path, const std::function<void(const std::string&, const CLI::App&)>& f) {
  f(path, app);
  for (const CLI::App* verb : verbs_of(app)) for_each_verb(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), f);
}

std::string bash_completion(const CLI::App& app) {
  std::string cases;
  for_each_verb(app, "", [&](const std::string& path, const CLI::App& verb) { cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, words_of(verb)); });
  return fmt::format(R"(# bash completion of livewarden: livewarden completion bash > /etc/bash_completion.d/livewarden
_livewarden() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path="" words="" i
  for ((i = 1; i < COMP_CWORD && i <= 2; i++)); do
    [[ "${{COMP_WORDS[i]}}" == -* ]] && break
    path="${{path:+$path }}${{COMP_WORDS[i]}}"
  done
  case "$path" in
    cel\ *|rules\ *|bench\ *|completion\ *) ;;
    *) path="${{path%% *}}" ;;
  esac
  case "$path" in
{}  esac
  if [[ "$current" == -* || -z "$path" || "$words" != --* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
  [[ ${{#COMPREPLY[@]}} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _livewarden livewarden
)",
                     cases);
}

std::string quoted(std::string text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : c == '\n' ? std::string(" ") : std::string(1, c);
  return out;
}

std::string zsh_completion(const CLI::App& app) {
  std::string cases;
  for_each_verb(app, "", [&](const std::string& path, const CLI::App& verb) {
    cases += fmt::format("    '{}') words=({}) ;;\n", path, words_of(verb));
  });
  return fmt::format(R"(#compdef livewarden
# zsh completion of livewarden: livewarden completion zsh > "${{fpath[1]}}/_livewarden"
_livewarden() {{
  local path_of="" i
  local -a words_given words
  words_given=("${{(@)words[2,CURRENT-1]}}")
  for i in "${{(@)words_given}}"; do
    [[ "$i" == -* ]] && break
    path_of="${{path_of:+$path_of }}$i"
  done
  case "$path_of" in
    cel\ *|rules\ *|bench\ *|completion\ *) path_of="${{(j: :)${{(s: :)path_of}}[1,2]}}" ;;
    *) path_of="${{path_of%% *}}" ;;
  esac
  case "$path_of" in
{}  esac
  compadd -- $words
  _files
}}
_livewarden "$@"
)",
                     cases);
}

std::string fish_completion(const CLI::App& app) {
  std::string out = "# fish completion of livewarden: livewarden completion fish > ~/.config/fish/completions/livewarden.fish\n";
  for_each_verb(app, "", [&](const std::string& path, const CLI::App& verb) {
    std::string condition = path.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + path.substr(0, path.find(' '));
    if (const std::size_t space = path.find(' '); space != std::string::npos) condition += "; and __fish_seen_subcommand_from " + path.substr(space + 1);
    for (const CLI::App* below : verbs_of(verb))
      out += fmt::format("complete -c livewarden -n '{}' -a {} -d '{}'\n", condition, below->get_name(), quoted(below->get_description()));
    for (const CLI::Option* option : options_of(verb))
      for (const std::string& name : option->get_lnames())
        out += fmt::format("complete -c livewarden -n '{}' -l {} -d '{}'{}\n", condition, name, quoted(option->get_description()),
                           option->get_expected_min() > 0 ? " -r" : "");
  });
  return out;
}

// Text as troff takes it: what would be a request or an escape is none.
std::string troff(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else out += c;
    line_start = c == '\n';
  }
  return out;
}

std::string man_options(const CLI::App& verb) {
  std::string out;
  for (const CLI::Option* option : options_of(verb)) {
    std::string name = option->get_positional() ? option->get_name(true) : option->get_name(false, true);
    if (option->get_expected_min() > 0 && !option->get_positional()) name += " " + option->get_type_name();
    std::string text = option->get_description();
    if (!option->get_default_str().empty()) text += fmt::format(" (default: {})", option->get_default_str());
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", troff(name), troff(text));
  }
  return out;
}

std::string manual(const CLI::App& app) {
  std::string out = fmt::format(".TH LIVEWARDEN 1 \"\" \"livewarden {}\" \"User Commands\"\n.SH NAME\nlivewarden \\- supervises live\\-streaming commerce while it happens\n"
                                ".SH SYNOPSIS\n\\fBlivewarden\\fR [\\fB\\-\\-log\\-format\\fR text|json] \\fIverb\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n{}\n{}",
                                LW_VERSION, troff(app.get_description()), man_options(app));
  for_each_verb(app, "", [&](const std::string& path, const CLI::App& verb) {
    if (path.empty() || !verbs_of(verb).empty()) return;
    out += fmt::format(".SH \"livewarden {}\"\n{}\n{}", path, troff(verb.get_description()), man_options(verb));
    if (!verb.get_footer().empty()) out += ".PP\n.nf\n" + troff(verb.get_footer()) + "\n.fi\n";
  });
  out += ".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\nfindings, where the verb is a check (rules check, rules test, cel test)\n.TP\n2\nwrong usage or unreadable input\n"
         ".TP\n3\nan internal or I/O failure\n";
  return out;
}

}  // namespace

CLI::App* add_completion(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("completion", "prints the completion script of a shell");
  auto shell = std::make_shared<std::string>();
  verb->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->footer("  livewarden completion bash > /etc/bash_completion.d/livewarden\n"
               "  source <(livewarden completion bash)");
  verb->callback([shell, &app, &exit_code] {
    exit_code = say::result(*shell == "bash" ? bash_completion(app) : *shell == "zsh" ? zsh_completion(app) : fish_completion(app));
  });
  return verb;
}

CLI::App* add_man(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("man", "prints the manual page");
  verb->footer("  livewarden man | man -l -\n"
               "  livewarden man > /usr/share/man/man1/livewarden.1");
  verb->callback([&app, &exit_code] { exit_code = say::result(manual(app)); });
  return verb;
}

}  // namespace lw::cli
