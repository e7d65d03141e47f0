#!/usr/bin/env bash
# cel eval: type and value, variables, errors with a caret, exit codes.
set -euo pipefail
binary=$1
# want CODE OUTPUT-PART ARGS…: the exit code, and a text that standard output or error holds.
want() {
  local code=0 output
  output=$("$binary" cel eval "${@:3}" 2>&1) || code=$?
  [ "$code" = "$1" ] || { echo "cel eval ${*:3}: exit code $code, not $1: $output"; exit 1; }
  [[ $output == *"$2"* ]] || { echo "cel eval ${*:3}: '$2' is not in: $output"; exit 1; }
}
want 0 'list(int): [30, 50]' '[3, 5, 8].filter(x, x % 2 == 1).map(x, x * 10)'
want 0 'string: "dear"' 'price * 0.9 > limit ? "dear" : "cheap"' --var price=120.0 --var limit=100.0
want 0 'int: 7' 'o.a[1] + n' --var 'o={"a":[1,2]}' --var n=5
want 0 'uint: 18446744073709551615u' n --var n=18446744073709551615
want 0 'dyn: null' 'l[0]' --var 'l=[null, 1]'
want 1 $'1:3: division by zero\n  1 / n\n    ^' '1 / n' --var n=0
want 2 $'1:6: \'evnt\' is not declared' 'n == evnt' --var n=1
want 2 "does not take (int, string)" '1 + "a"'
want 2 'should be NAME=JSON' 1 --var n
want 2 'should be JSON' n --var n=abc
want 2 'is declared already' n --var n=1 --var n=2
want 2 'may cost' 'l.all(a, l.all(b, l.all(c, l.all(d, l.all(e, a + b + c + d + e > 0)))))' --var "l=[$(seq -s, 100)]"
echo 'cel eval: as told'
