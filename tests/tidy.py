#!/usr/bin/env python3
"""The tree keeps its own rules: includes go only up the list of folders, files stay short, no unfinished words, links resolve."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ORDER = re.findall(r"^lw_folder\((\w+)", (ROOT / "CMakeLists.txt").read_text(), re.M) + ["cli"]
ALLOWED_LONG = {".json", ".ndjson", ".jsonl", ".xml", ".csv"}
problems = []


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


for path in tracked():
    name = path.relative_to(ROOT).as_posix()
    if name.startswith("src/"):
        folder = name.split("/")[1]
        if folder not in ORDER:
            problems.append(f"{name}: the folder is not in CMakeLists.txt")
            continue
        if path.suffix in {".h", ".cc", ".inc", ".js", ".css"}:
            lines = path.read_text(encoding="utf-8").split("\n")
            if len(lines) > 700:
                problems.append(f"{name}: {len(lines)} lines; split it by noun (at most 700)")
            for number, line in enumerate(lines, 1):
                found = re.match(r'\s*#include "(\w+)/', line)
                if found and found[1] in ORDER and ORDER.index(found[1]) > ORDER.index(folder):
                    problems.append(f"{name}:{number}: {folder} may not include {found[1]}")
                if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                    problems.append(f"{name}:{number}: unfinished words")
    if path.suffix == ".md":
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if not (path.parent / link).exists():
                problems.append(f"{name}: the link {link} leads nowhere")
    if path.stat().st_size > 1 << 20:
        problems.append(f"{name}: over 1 MiB")

print("\n".join(problems) or f"tidy: {len(ORDER)} folders in order")
sys.exit(1 if problems else 0)
