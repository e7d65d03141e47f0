// Times @marcbachmann/cel-js on the rules of ../rules.jsonl: nanoseconds an evaluation, one JSON object a line.
//
//   node main.js RULES MILLISECONDS
//
// Each rule is parsed and checked once; parameters are constants where the library takes them. An object is declared in
// two ways, "map" and with the types of its fields ("schema"), and the quicker that gives the right value is told.
import {readFileSync} from 'node:fs'
import {Environment} from '@marcbachmann/cel-js'

const [, , path, milliseconds] = process.argv
const batch = Number(milliseconds) * 1e6

// A value as the library holds it: ints are BigInt, times are Date.
function value (type, json) {
  switch (type) {
    case 'int': return BigInt(json)
    case 'timestamp': return new Date(json)
    case 'duration': return new Environment().evaluate(`duration('${json}')`)
    default: return json
  }
}

const named = type => type.replace('(', '<').replace(')', '>')

function bind (rule, way) {
  const env = new Environment({enableOptionalTypes: true})
  const context = {}
  const schemas = {}
  for (const [name, given] of Object.entries(rule.variables)) {
    const [object, field] = name.split('.')
    context[object] ??= {}
    schemas[object] ??= {}
    schemas[object][field] = named(given.type)
    if (given.value !== undefined) context[object][field] = value(given.type, given.value)
  }
  for (const object of Object.keys(context)) {
    if (object === 'params') {  // constants are known by plain names only: one map of them all
      env.registerConstant('params', 'map', context.params)
    } else if (way === 'map') {
      env.registerVariable(object, 'map')
    } else {
      env.registerVariable({name: object, schema: schemas[object]})
    }
  }
  delete context.params
  return [env.parse(rule.expression), context]
}

let sink
function median (program, context) {
  const run = times => {
    const start = process.hrtime.bigint()
    for (let i = 0; i < times; i++) sink = program(context)
    return Number(process.hrtime.bigint() - start)
  }
  let times = 64
  while (run(times) < batch / 2) times *= 2
  run(times)
  const each = []
  for (let i = 0; i < 5; i++) each.push(run(times) / times)
  return each.sort((a, b) => a - b)[2]
}

for (const line of readFileSync(path, 'utf8').split('\n')) {
  if (!line.trim()) continue
  const rule = JSON.parse(line)
  let best = null
  let failed = ''
  for (const way of ['map', 'schema']) {
    try {
      const [program, context] = bind(rule, way)
      const got = program(context)
      const ns = median(program, context)
      if (!best || ns < best.ns) best = {name: rule.name, ns, value: typeof got === 'bigint' ? Number(got) : got, way}
    } catch (error) {
      failed ||= String(error.summary ?? error.message).split('\n')[0]
    }
  }
  console.log(JSON.stringify(best ?? {name: rule.name, unsupported: failed}))
}
