// Times the crate `cel` on the rules of ../rules.jsonl: nanoseconds an evaluation, one JSON object a line.
//
//   cel-peers RULES MILLISECONDS
//
// Each rule is compiled once and its context made once. Variables are given in two ways, as maps ("nested") and as
// variables with qualified names beside them ("flat"), and the quicker that gives the right value is told.
use cel::objects::{Key, Map};
use cel::{Context, Env, Program, Value};
use serde_json::{json, Value as Json};
use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn text(s: &str) -> Value {
    Value::String(Arc::new(s.to_string()))
}

fn map(fields: impl Iterator<Item = (String, Value)>) -> Value {
    let fields: HashMap<Key, Value> = fields.map(|(name, v)| (Key::String(Arc::new(name)), v)).collect();
    Value::Map(Map { map: Arc::new(fields) })
}

fn of_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| Value::Float(n.as_f64().unwrap()), Value::Int),
        Json::String(s) => text(s),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(of_json).collect())),
        Json::Object(fields) => map(fields.iter().map(|(name, v)| (name.clone(), of_json(v)))),
    }
}

// A value of the type that the rule declares.
fn value(kind: &str, json: &Json) -> Value {
    match kind {
        "double" => Value::Float(json.as_f64().unwrap()),
        "timestamp" => Value::Timestamp(chrono::DateTime::parse_from_rfc3339(json.as_str().unwrap()).unwrap()),
        _ => of_json(json),
    }
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Bool(b) => json!(b),
        Value::Int(n) => json!(n),
        Value::Float(d) => json!(d),
        Value::String(s) => json!(s.as_str()),
        other => json!(format!("{other:?}")),
    }
}

fn median(program: &Program, context: &Context, batch: Duration) -> f64 {
    let run = |times: u32| {
        let start = Instant::now();
        for _ in 0..times {
            let _ = black_box(program.execute(black_box(context)));
        }
        start.elapsed()
    };
    let mut times = 64;
    while run(times) < batch / 2 {
        times *= 2;
    }
    let mut each: Vec<f64> = (0..5).map(|_| run(times).as_nanos() as f64 / f64::from(times)).collect();
    each.sort_by(f64::total_cmp);
    each[2]
}

fn measure(rule: &Json, env: &Arc<Env>, batch: Duration) -> Json {
    let name = &rule["name"];
    let program = match env.compile(rule["expression"].as_str().unwrap()) {
        Ok(program) => program,
        Err(error) => return json!({"name": name, "unsupported": error.to_string().lines().next()}),
    };
    let mut best: Option<(f64, Json, &str)> = None;
    let mut failed = String::new();
    for way in ["nested", "flat"] {
        let mut objects: BTreeMap<&str, Vec<(String, Value)>> = BTreeMap::new();
        let mut context = Context::with_env(Arc::clone(env));
        for (variable, given) in rule["variables"].as_object().unwrap() {
            let (object, field) = variable.split_once('.').unwrap();
            let fields = objects.entry(object).or_default();
            if let Some(json) = given.get("value") {
                let value = value(given["type"].as_str().unwrap(), json);
                if way == "flat" {
                    context.add_variable_from_value(variable.as_str(), value.clone());
                }
                fields.push((field.to_string(), value));
            }
        }
        for (object, fields) in objects {
            context.add_variable_from_value(object, map(fields.into_iter()));
        }
        match program.execute(&context) {
            Err(error) => failed = error.to_string(),
            Ok(got) => {
                let ns = median(&program, &context, batch);
                if best.as_ref().map_or(true, |(least, _, _)| ns < *least) {
                    best = Some((ns, to_json(&got), way));
                }
            }
        }
    }
    match best {
        Some((ns, value, way)) => json!({"name": name, "ns": ns, "value": value, "way": way}),
        None => json!({"name": name, "unsupported": failed.lines().next()}),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let batch = Duration::from_millis(arguments[2].parse().unwrap());
    let mut env = Env::stdlib();
    env.add_extension(cel::extensions::strings).unwrap();
    let env = Arc::new(env);
    for line in std::fs::read_to_string(&arguments[1]).unwrap().lines() {
        println!("{}", measure(&serde_json::from_str(line).unwrap(), &env, batch));
    }
}
