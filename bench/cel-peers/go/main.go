// Times cel-go on the rules of ../rules.jsonl: nanoseconds an evaluation, one JSON object a line.
//
//	cel-peers RULES MILLISECONDS
//
// Each rule is compiled once with its types and cel.OptOptimize; parameters are constants, as in the packs. The
// variables are given in four ways, and the quickest that gives the right value is told:
//
//	nested   an object is a map:       event["amount"]
//	flat     fields are variables:     "event.amount", typed; the object stays for has() and .?
//	map      the activation is a map[string]any
//	own      the activation is a type of our own that looks through a short slice
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
)

type variable struct {
	Type     string
	Value    any
	Constant bool
}

type rule struct {
	Name, Expression string
	Variables        map[string]variable
	Expected         any
}

type answer struct {
	Name        string  `json:"name"`
	Ns          float64 `json:"ns,omitempty"`
	Value       any     `json:"value"`
	Way         string  `json:"way,omitempty"`
	Unsupported string  `json:"unsupported,omitempty"`
}

var declared = map[string]*cel.Type{
	"bool": cel.BoolType, "int": cel.IntType, "double": cel.DoubleType, "string": cel.StringType,
	"timestamp": cel.TimestampType, "duration": cel.DurationType,
	"list(string)": cel.ListType(cel.StringType), "list(dyn)": cel.ListType(cel.DynType),
}

// A value as cel-go holds it, so that no evaluation converts anything.
func value(kind string, json any) ref.Val {
	switch kind {
	case "int":
		return types.Int(json.(float64))
	case "timestamp":
		t, err := time.Parse(time.RFC3339Nano, json.(string))
		if err != nil {
			panic(err)
		}
		return types.Timestamp{Time: t}
	case "duration":
		d, err := time.ParseDuration(json.(string))
		if err != nil {
			panic(err)
		}
		return types.Duration{Duration: d}
	case "list(string)":
		texts := []string{}
		for _, item := range json.([]any) {
			texts = append(texts, item.(string))
		}
		return types.NewStringList(types.DefaultTypeAdapter, texts)
	}
	return types.DefaultTypeAdapter.NativeToValue(json)
}

// The two ways to hand variables over.
type own struct {
	names  []string
	values []any
}

func (a *own) ResolveName(name string) (any, bool) {
	for i, known := range a.names {
		if known == name {
			return a.values[i], true
		}
	}
	return nil, false
}
func (a *own) Parent() cel.Activation { return nil }

type bound struct {
	program cel.Program
	all     map[string]any
}

func bind(r rule, flat bool) (*bound, error) {
	options := []cel.EnvOption{cel.OptionalTypes(), ext.Strings(), ext.Math()}
	objects := map[string]map[string]any{}
	all := map[string]any{}
	for name, v := range r.Variables {
		kind := declared[v.Type]
		if kind == nil {
			return nil, fmt.Errorf("unknown type %s", v.Type)
		}
		if v.Constant {
			options = append(options, cel.Constant(name, kind, value(v.Type, v.Value)))
			continue
		}
		object, field, _ := strings.Cut(name, ".")
		if objects[object] == nil {
			objects[object] = map[string]any{}
		}
		if v.Value != nil {
			objects[object][field] = value(v.Type, v.Value)
		}
		if flat && v.Value != nil {
			options = append(options, cel.Variable(name, kind))
			all[name] = value(v.Type, v.Value)
		}
	}
	for object, fields := range objects {
		options = append(options, cel.Variable(object, cel.MapType(cel.StringType, cel.DynType)))
		all[object] = fields
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, err
	}
	ast, issues := env.Compile(r.Expression)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
	return &bound{program, all}, err
}

func native(v ref.Val) any {
	switch t := v.(type) {
	case types.Bool:
		return bool(t)
	case types.Int:
		return int64(t)
	case types.Double:
		return float64(t)
	case types.String:
		return string(t)
	}
	return fmt.Sprint(v)
}

var sink ref.Val

func median(program cel.Program, input any, batch time.Duration) float64 {
	run := func(times int) time.Duration {
		start := time.Now()
		for i := 0; i < times; i++ {
			sink, _, _ = program.Eval(input)
		}
		return time.Since(start)
	}
	times := 64
	for run(times) < batch/2 {
		times *= 2
	}
	var each []float64
	for i := 0; i < 5; i++ {
		each = append(each, float64(run(times).Nanoseconds())/float64(times))
	}
	sort.Float64s(each)
	return each[2]
}

func measure(r rule, batch time.Duration) answer {
	best := answer{Name: r.Name, Ns: math.Inf(1)}
	failed := ""
	for _, way := range []string{"nested", "flat"} {
		b, err := bind(r, way == "flat")
		if err != nil {
			failed = err.Error()
			continue
		}
		mine := &own{}
		for name, v := range b.all {
			mine.names = append(mine.names, name)
			mine.values = append(mine.values, v)
		}
		prepared, _ := cel.NewActivation(b.all)
		for kind, input := range map[string]any{"map": prepared, "own": mine} {
			got, _, err := b.program.Eval(input)
			if err != nil {
				failed = err.Error()
				continue
			}
			if ns := median(b.program, input, batch); ns < best.Ns {
				best.Ns, best.Value, best.Way = ns, native(got), way+"/"+kind
			}
		}
	}
	if math.IsInf(best.Ns, 1) {
		return answer{Name: r.Name, Unsupported: strings.SplitN(failed, "\n", 2)[0]}
	}
	return best
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	milliseconds, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var r rule
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(err)
		}
		if err := out.Encode(measure(r, time.Duration(milliseconds)*time.Millisecond)); err != nil {
			panic(err)
		}
	}
}
