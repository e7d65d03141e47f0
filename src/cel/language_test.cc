// The language by examples: an expression and the text of its value, or "error". Each is compiled with the checker and,
// where the column says so, without.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "cel/cel.h"
#include "cel/functions.h"

namespace lw::cel {
namespace {

struct Example {
  const char* expression;
  const char* value;
};

std::string evaluate(const char* expression, bool check) {
  Env env;
  CompileOptions options;
  options.check = check;
  const auto program = compile(env, expression, options);
  if (!program) return "error";
  Arena arena;
  const Value value = program->run({}, arena);
  return value.is(Kind::kError) ? "error" : to_text(value);
}

void expect_all(std::initializer_list<Example> examples, bool unchecked_too = true) {
  for (const auto& [expression, value] : examples) {
    EXPECT_EQ(evaluate(expression, true), value) << expression;
    if (unchecked_too) {
      EXPECT_EQ(evaluate(expression, false), value) << expression << " (unchecked)";
    }
  }
}

TEST(Language, Literals) {
  expect_all({
      {"0xFFu", "255u"}, {"-0x8000000000000000", "-9223372036854775808"}, {"9223372036854775808", "error"},
      {"18446744073709551615u", "18446744073709551615u"}, {"18446744073709551616u", "error"}, {"-1u", "error"},
      {"1e3", "1000.0"}, {".5", "0.5"}, {"1.", "error"}, {"'\\u00e9'", "\"é\""}, {"'\\ud800'", "error"},
      {"'\\U00110000'", "error"}, {"b'\\u00e9'", "error"}, {"b'\\377'", "b\"\\377\""}, {"'\\400'", "error"},
      {"r'\\n'", "\"\\\\n\""}, {"'''a\nb'''", "\"a\\nb\""}, {"'a\nb'", "error"}, {"'a' 'b'", "error"},
      {"[1, 2,]", "[1, 2]"}, {"{'a': 1,}", "{\"a\": 1}"}, {"[,]", "error"}, {"// all\n1 // one", "1"},
      {"true", "true"}, {"null", "null"}, {"b'\\xc3\\xa9'", "b\"\\303\\251\""}, {"'\\?\\`\\''", "\"?`'\""},
  });
}

TEST(Language, Syntax) {
  expect_all({
      {"1 + 2 * 3 - 4 / 2", "5"}, {"-2 - -3", "1"}, {"!true || true && false", "false"}, {"--1", "1"}, {"!!true", "true"},
      {"1 < 2 == true", "true"}, {"true ? 1 : false ? 2 : 3", "1"}, {"false ? 1 : false ? 2 : 3", "3"},
      {"1 in [1] == true", "true"}, {"if", "error"}, {"let", "error"}, {"1 = 1", "error"}, {"(1", "error"}, {"", "error"},
      {"[1][0", "error"}, {"{'if': 1}.if", "1"}, {"{'in': 1}.in", "error"}, {"{'a-b': 1}.`a-b`", "1"}, {"a.", "error"},
      {"1 ? 2 : 3", "error"}, {"'a' + 1", "error"}, {"- 1", "-1"}, {"5 % -3", "2"}, {"-5 % 3", "-2"}, {"1;", "error"},
      {"{1: 2, 1u: 3}", "error"}, {"{1.5: 2}", "error"}, {"has(1)", "error"}, {"has({'a': 1}['a'])", "error"},
      {"[1, 2].map(1, 2)", "error"}, {"[1, 2].map(x.y, 2)", "error"}, {".int(1.2)", "1"}, {"size(.type(1) == .int ? 'a' : '')", "1"},
  });
}

TEST(Language, ErrorsAndLogic) {
  expect_all({
      {"1 / 0 == 1 || true", "true"}, {"true || 1 / 0 == 1", "true"}, {"1 / 0 == 1 && false", "false"},
      {"1 / 0 == 1 && true", "error"}, {"1 / 0 == 1 || false", "error"}, {"false && 1 / 0 == 1", "false"},
      {"[1, 0].exists(x, 1 / x == 1)", "true"}, {"[0, 1].exists(x, 1 / x == 1)", "true"}, {"[0, 2].exists(x, 1 / x == 1)", "error"},
      {"[0, 2].all(x, 1 / x == 1)", "false"}, {"[0, 1].all(x, 1 / x == 1)", "error"}, {"[0, 1].exists_one(x, 1 / x == 1)", "error"},
      {"true ? 1 : 1 / 0", "1"}, {"false ? 1 : 1 / 0", "error"}, {"(1 / 0 == 1) ? 1 : 2", "error"},
      {"[1 / 0, 1].size()", "error"}, {"{'a': 1 / 0}.size()", "error"}, {"[][0]", "error"}, {"{}.a", "error"},
      {"9223372036854775807 + 1", "error"}, {"-9223372036854775808 - 1", "error"}, {"9223372036854775807 * 2", "error"},
      {"-(-9223372036854775808)", "error"}, {"-9223372036854775808 / -1", "error"}, {"-9223372036854775808 % -1", "error"},
      {"1u - 2u", "error"}, {"1.0 / 0.0", "Infinity"}, {"0.0 / 0.0 == 0.0 / 0.0", "false"}, {"0.0 / 0.0 != 0.0 / 0.0", "true"},
      {"0.0 / 0.0 < 1.0", "false"}, {"1 / 0 in [1]", "error"},
  });
  expect_all({{"dyn(1) || true", "true"}, {"dyn('a') && false", "false"}, {"dyn(1) || false", "error"}, {"!dyn(1)", "error"},
              {"dyn(1) + dyn(1u)", "error"}, {"dyn(1) < dyn('a')", "error"}});
}

TEST(Language, EqualityAcrossTypes) {
  expect_all({
      {"dyn(1) == dyn(1u)", "true"}, {"dyn(1) == dyn(1.0)", "true"}, {"dyn(1) == dyn('1')", "false"}, {"dyn(null) == dyn(0)", "false"},
      {"dyn(-1) == dyn(18446744073709551615u)", "false"}, {"dyn(-1) < dyn(1u)", "true"}, {"dyn(2u) > dyn(1.5)", "true"},
      {"1 < 1.5", "true"}, {"1u < 2", "true"}, {"[1] == [1u]", "error"}, {"[dyn(1)] == [dyn(1u)]", "true"},
      {"{1: 'a'}[dyn(1u)]", "\"a\""}, {"{1: 'a'}[dyn(1.0)]", "\"a\""}, {"dyn(1.0) in [1, 2]", "true"}, {"dyn(1u) in {1: 2}", "true"},
      {"{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", "true"}, {"[1, 2] == [2, 1]", "false"}, {"b'a' == b'a'", "true"},
      {"[0.0 / 0.0] == [0.0 / 0.0]", "false"}, {"type(1) == int", "true"}, {"type(type(1)) == type", "true"}, {"[1, 2, 3].size() == 3", "true"},
      {"timestamp('2024-01-01T00:00:00Z') == timestamp('2024-01-01T08:00:00+08:00')", "true"},
      {"duration('60s') == duration('1m')", "true"}, {"type(null) == null_type", "true"}, {"type([]) == list", "true"},
  }, false);
}

TEST(Language, Macros) {
  expect_all({
      {"[1, 2, 3].map(x, x * 2)", "[2, 4, 6]"}, {"[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"}, {"[1, 2, 3].filter(x, x % 2 == 1)", "[1, 3]"},
      {"{'a': 1}.map(k, k)", "[\"a\"]"}, {"{'a': 1, 'b': 2}.filter(k, k != 'a')", "[\"b\"]"}, {"[].all(x, false)", "true"},
      {"[].exists(x, true)", "false"}, {"[1, 1].exists_one(x, x == 1)", "false"}, {"[1, 2].existsOne(x, x == 1)", "true"},
      {"['a', 'b'].transformList(i, v, v + string(i))", "[\"a0\", \"b1\"]"}, {"[1, 2].transformMap(i, v, v * 2)", "{0: 2, 1: 4}"},
      {"{'a': 1}.transformMapEntry(k, v, {v: k})", "{1: \"a\"}"}, {"{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})", "error"},
      {"[1, 2].transformMapEntry(i, v, v > 1, {string(v): i})", "{\"2\": 1}"}, {"[[1, 2], [3]].map(x, x.map(y, y + x.size()))", "[[3, 4], [4]]"},
      {"cel.bind(x, 2, cel.bind(y, x + 1, x * y))", "6"}, {"[1].map(x, [2].map(x, x))", "[[2]]"}, {"cel.bind(x, 1 / 0, true || x == 1)", "true"},
      {"{'a': 1}.exists(k, v, k == 'a' && v == 1)", "true"}, {"[1, 2].all(i, v, v == i + 1)", "true"},
      {"[1, 2, 3].transformList(i, v, i > 0, v)", "[2, 3]"}, {"has({'a': 1}.a) && !has({'a': 1}.b)", "true"}, {"1.map(x, x)", "error"},
      {"[1, 2].map(x, x > 1 ? x : 1 / 0)", "error"}, {"cel.bind(f, [1, 2], f.map(e, f.size() + e))", "[3, 4]"},
  });
}

TEST(Language, Optionals) {
  expect_all({
      {"optional.of(1)", "optional.of(1)"}, {"optional.none()", "optional.none()"}, {"optional.ofNonZeroValue(0)", "optional.none()"},
      {"optional.ofNonZeroValue('')", "optional.none()"}, {"optional.ofNonZeroValue([1])", "optional.of([1])"},
      {"optional.of(1).value()", "1"}, {"optional.none().value()", "error"}, {"{'a': 1}.?a.orValue(2)", "1"}, {"{'a': 1}.?b.orValue(2)", "2"},
      {"{'a': {'b': 1}}.?a.b.value()", "1"}, {"{'a': {}}.?a.?b.orValue(3)", "3"}, {"[1, 2][?1].value()", "2"}, {"[1, 2][?2].hasValue()", "false"},
      {"optional.none().or(optional.of(2)).value()", "2"}, {"optional.of(1).or(optional.of(2)).value()", "1"},
      {"optional.of(2).optMap(x, x * 2).value()", "4"}, {"optional.none().optMap(x, x * 2).hasValue()", "false"},
      {"optional.of(2).optFlatMap(x, optional.ofNonZeroValue(x - 2))", "optional.none()"},
      {"[?optional.of(1), ?optional.none(), 3]", "[1, 3]"}, {"{?'a': optional.none(), ?'b': optional.of(1)}", "{\"b\": 1}"},
      {"[1, 2].first().value()", "1"}, {"[1, 2].last().value()", "2"}, {"[].first().hasValue()", "false"},
      {"optional.unwrap([optional.of(1), optional.none()])", "[1]"}, {"[optional.of(1), optional.none()].unwrapOpt()", "[1]"},
      {"optional.of(1) == optional.of(1)", "true"}, {"optional.of(1).orValue(1 / 0)", "1"}, {"optional.of(1).or(optional.of(1 / 0)).value()", "1"},
      {"optional.none().orValue(1 / 0)", "error"}, {"type(optional.of(1)) == optional_type", "true"}, {"has({'a': {'b': 1}}.?a.b)", "true"},
  });
}

TEST(Language, Strings) {
  expect_all({
      {"'tacocat'.charAt(7)", "\"\""}, {"'tacocat'.charAt(8)", "error"}, {"'tacocat'.charAt(-1)", "error"}, {"'ta©o'.charAt(2)", "\"©\""},
      {"'tacocat'.indexOf('none')", "-1"}, {"'tacocat'.indexOf('a', 7)", "-1"}, {"'tacocat'.indexOf('a', 8)", "error"}, {"'ta©o©αT'.indexOf('©', 3)", "4"},
      {"'tacocat'.lastIndexOf('')", "7"}, {"'tacocat'.lastIndexOf('at')", "5"}, {"'tacocat'.lastIndexOf('none')", "-1"}, {"'a'.indexOf('abc')", "-1"},
      {"'hello'.replace('l', 'L', 1)", "\"heLlo\""}, {"'hello'.replace('l', 'L', 0)", "\"hello\""}, {"'hello'.replace('l', '', -1)", "\"heo\""},
      {"'ab'.replace('', '_')", "\"_a_b_\""}, {"'ab'.replace('', '_', 2)", "\"_a_b\""}, {"'hello'.replace('x', 'y')", "\"hello\""},
      {"'a,b,c'.split(',', 2)", "[\"a\", \"b,c\"]"}, {"'a,b'.split(',', -1)", "[\"a\", \"b\"]"}, {"'héy'.split('')", "[\"h\", \"é\", \"y\"]"},
      {"''.split(',')", "[\"\"]"}, {"''.split('')", "[]"}, {"'abc'.split('', 2)", "[\"a\", \"bc\"]"}, {"'a,'.split(',')", "[\"a\", \"\"]"},
      {"'tacocat'.substring(4)", "\"cat\""}, {"'tacocat'.substring(40)", "error"}, {"'tacocat'.substring(-1)", "error"}, {"'tacocat'.substring(5, 3)", "error"},
      {"'tacocat'.substring(1, 50)", "error"}, {"['a', 1].join()", "error"}, {"''.trim()", "\"\""}, {"'\\u3000x\\u0085'.trim()", "\"x\""},
      {"'Ünï'.lowerAscii()", "\"Ünï\""}, {"'☺ab'.reverse()", "\"ba☺\""}, {"strings.quote('\\a\\b\\v')", "\"\\\"\\\\a\\\\b\\\\v\\\"\""},
      {"'abc'.contains('')", "true"}, {"'abc'.startsWith('ab')", "true"}, {"'abc'.endsWith('bc')", "true"}, {"'aéb'.size()", "3"},
      {"size(b'aé')", "3"}, {"'hubba'.matches('^h.*a$')", "true"}, {"matches('hubba', 'ub')", "true"}, {"'a'.matches('(')", "error"}, {"'é'.matches('^.$')", "true"},
      {"'abc' < 'abd'", "true"}, {"'' < 'a'", "true"}, {"b'\\x01' < b'\\xff'", "true"}, {"'a' + 'b' == 'ab'", "true"},
  });
}

TEST(Language, Format) {
  expect_all({
      {"'%s'.format([1.0])", "\"1\""}, {"'%s'.format([[1, 'a', null, [true]]])", "\"[1, a, null, [true]]\""}, {"'%s'.format([{'b': 1, 'a': 2}])", "\"{a: 2, b: 1}\""},
      {"'%b %b'.format([-5, 5u])", "\"-101 101\""}, {"'%x %X'.format([-255, 'Az'])", "\"-ff 417A\""}, {"'%o'.format([-8])", "\"-10\""},
      {"'%.2f %.1e'.format([1.005, 12345.678])", "\"1.00 1.2e+04\""}, {"'%d'.format([-3])", "\"-3\""}, {"'%e'.format([0.0])", "\"0.000000e+00\""},
      {"'%'.format([])", "error"}, {"'%s'.format([])", "error"}, {"'%y'.format([1])", "error"}, {"'%b'.format(['a'])", "error"}, {"'%d'.format(['a'])", "error"},
      {"'%x'.format([1.5])", "error"}, {"'%o'.format([1.5])", "error"}, {"'%f'.format(['a'])", "error"}, {"'%.f'.format([1.0])", "error"},
      {"'%s'.format([optional.of(1)])", "error"}, {"'%s %s'.format([1])", "error"}, {"'%s'.format([type(1)])", "\"int\""},
      {"'%s'.format([duration('1.5s')])", "\"1.5s\""}, {"'%s'.format([timestamp('2023-02-03T23:31:20.5Z')])", "\"2023-02-03T23:31:20.5Z\""},
      {"'%s'.format([-1e-10])", "\"-0.0000000001\""}, {"'%f'.format([3u])", "\"3.000000\""}, {"'%.1001f'.format([1.0])", "error"},
  });
}

TEST(Language, Math) {
  expect_all({
      {"math.greatest(1, 2.5, 3u)", "3u"}, {"math.least([3, 1, 2])", "1"}, {"math.greatest([])", "error"}, {"math.greatest('a')", "error"},
      {"math.greatest()", "error"}, {"math.least(['a'])", "error"}, {"math.ceil(1.2)", "2.0"}, {"math.floor(-1.2)", "-2.0"}, {"math.round(-0.5)", "-1.0"},
      {"math.round(0.4)", "0.0"}, {"math.trunc(-1.9)", "-1.0"}, {"math.abs(5u)", "5u"}, {"math.sign(-3)", "-1"}, {"math.sign(3u)", "1u"}, {"math.sign(-0.0)", "-0.0"},
      {"math.isInf(-1.0 / 0.0)", "true"}, {"math.bitShiftRight(-1024, 3)", "2305843009213693824"}, {"math.bitShiftLeft(1, 63)", "-9223372036854775808"},
      {"math.bitShiftLeft(1, 64)", "0"}, {"math.bitNot(0)", "-1"}, {"math.sqrt(81)", "9.0"}, {"math.isNaN(math.sqrt(-1.0))", "true"}, {"math.bitAnd(1, 1u)", "error"},
      {"math.least(1, 2)", "1"}, {"math.least(-0.5, 0u, -1)", "-1"}, {"math.greatest(1, 'a')", "error"}, {"math.ceil(1)", "error"}, {"math.sqrt('4')", "error"},
  });
}

TEST(Language, Conversions) {
  expect_all({
      {"int(3.99)", "3"}, {"int(-3.99)", "-3"}, {"int(1e19)", "error"}, {"int('9223372036854775808')", "error"}, {"int('-5')", "-5"}, {"int('0x1')", "error"},
      {"int(' 1')", "error"}, {"int(18446744073709551615u)", "error"}, {"uint(-1)", "error"}, {"uint(3.5)", "3u"}, {"uint('7')", "7u"}, {"uint(1.9e19)", "error"},
      {"double('1e400')", "Infinity"}, {"double('-inf')", "-Infinity"}, {"double('x')", "error"}, {"double(9007199254740993)", "9007199254740992.0"},
      {"string(1.5)", "\"1.5\""}, {"string(1u)", "\"1\""}, {"string(b'\\xff')", "error"}, {"string(true)", "\"true\""}, {"bytes('é')", "b\"\\303\\251\""},
      {"bool('TRUE')", "true"}, {"bool('f')", "false"}, {"bool('yes')", "error"}, {"bool('tRuE')", "error"}, {"int(timestamp('1970-01-01T00:01:00Z'))", "60"},
      {"string(timestamp('2009-02-13T23:31:30Z'))", "\"2009-02-13T23:31:30Z\""}, {"string(duration('1h1.5s'))", "\"3601.5s\""}, {"timestamp(0)", "timestamp(\"1970-01-01T00:00:00Z\")"},
      {"timestamp('2024-02-30T00:00:00Z')", "error"}, {"timestamp('10000-01-01T00:00:00Z')", "error"}, {"timestamp('0000-01-01T00:00:00Z')", "error"},
      {"duration('1x')", "error"}, {"duration('')", "error"}, {"duration('-1h2m3.5s')", "duration(\"-3723.5s\")"}, {"type(1.0)", "double"}, {"dyn(1) + 1", "2"},
      {"string('a')", "\"a\""}, {"base64.encode(b'')", "\"\""}, {"base64.decode('aGVsbG8')", "b\"hello\""}, {"base64.decode('a')", "error"}, {"int('')", "error"},
  });
}

TEST(Language, Times) {
  expect_all({
      {"timestamp('2024-03-10T12:30:45.123Z').getMilliseconds()", "123"}, {"timestamp('2024-12-31T23:59:59Z').getDayOfYear()", "365"},
      {"timestamp('2024-03-10T00:00:00Z').getDayOfWeek()", "0"}, {"timestamp('2024-03-10T20:00:00Z').getHours('Asia/Shanghai')", "4"},
      {"timestamp('2024-03-10T20:00:00Z').getDate('Asia/Shanghai')", "11"}, {"timestamp('2024-03-10T20:00:00Z').getHours('-02:30')", "17"},
      {"timestamp('2024-03-10T20:00:00Z').getMinutes('05:45')", "45"}, {"timestamp('2024-03-10T20:00:00Z').getHours('Nowhere/At')", "error"},
      {"timestamp('2024-03-10T20:00:00Z') - timestamp('2024-03-10T19:00:00Z')", "duration(\"3600s\")"}, {"timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error"},
      {"timestamp('0001-01-01T00:00:00Z') - duration('1ns')", "error"}, {"duration('90m').getHours()", "1"}, {"duration('1.234s').getMilliseconds()", "234"},
      {"duration('1h') + duration('30m') == duration('90m')", "true"}, {"duration('292y')", "error"}, {"duration('9223372036s') + duration('9223372036s')", "error"},
      {"timestamp('2024-01-01T00:00:00Z') < timestamp('2024-01-01T00:00:00.000000001Z')", "true"}, {"duration('1s') + timestamp(0)", "timestamp(\"1970-01-01T00:00:01Z\")"},
      {"timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')", "error"}, {"timestamp(253402300800)", "error"}, {"timestamp(-62135596801)", "error"},
      {"timestamp('2024-03-31T01:30:00Z').getHours('Europe/Berlin')", "3"}, {"duration('1ms') > duration('1us')", "true"}, {"timestamp('2024-03-10 00:00:00Z')", "error"},
  });
}

TEST(Language, Blocks) {
  expect_all({
      {"cel.block([1, cel.index(0) + 1, cel.index(1) * 2], cel.index(2) + cel.index(0))", "5"},
      {"cel.block([[1, 2]], cel.index(0).map(cel.iterVar(0, 0), cel.iterVar(0, 0) + 1))", "[2, 3]"},
      {"cel.block([1], cel.index(1))", "error"}, {"cel.block(1, 2)", "error"}, {"cel.index(0)", "error"}, {"cel.index(-1)", "error"},
  });
}

struct Typed {
  const char* expression;
  const char* type;
};

TEST(Language, Types) {
  for (const auto& [expression, type] : std::initializer_list<Typed>{
           {"[]", "list(dyn)"}, {"{}", "map(dyn, dyn)"}, {"[1, 'a']", "list(dyn)"}, {"[[1], ['a']]", "list(dyn)"}, {"{'a': 1, 'b': 2.0}", "map(string, dyn)"},
           {"[duration('0s'), null][0]", "duration"}, {"[timestamp(0), null]", "list(timestamp)"}, {"[optional.of(1), null][0]", "optional(int)"}, {"[1, null]", "list(dyn)"},
           {"[optional.none(), optional.of(1)]", "list(optional(int))"}, {"[optional.of(1), optional.none()]", "list(optional(int))"},
           {"[optional.of(1), optional.of(dyn(1))]", "list(optional(dyn))"}, {"[optional.of(dyn(1)), optional.of(1)]", "list(optional(dyn))"},
           {"true ? optional.of(dyn(1)) : optional.of(1)", "optional(dyn)"}, {"([].filter(x, true))[0]", "dyn"}, {"optional.none()", "optional(dyn)"},
           {"true ? [] : [1]", "list(int)"}, {"[1].map(x, string(x))", "list(string)"}, {"{'a': 1}.map(k, k)", "list(string)"}, {"{'a': 1}.?a", "optional(int)"},
           {"[[1]].?x", "error"}, {"[1].transformMap(i, v, 'x')", "map(int, string)"}, {"{'a': [1]}.a[?0]", "optional(int)"}, {"type(1)", "type(int)"},
           {"type([1])", "type(list(int))"}, {"dyn([1])[0]", "dyn"}, {"math.greatest(1, 2)", "int"}, {"math.greatest(1, 2.0)", "dyn"}, {"math.greatest(1, 2, 3)", "int"},
           {"ip('1.2.3.4')", "ip"}, {"'a'.split('b')", "list(string)"}, {"optional.of(1).optMap(x, 'a')", "optional(string)"}, {"[optional.of(1)].unwrapOpt()", "list(int)"},
           {"1 == 'a'", "error"}, {"1 in ['a']", "error"}, {"true ? 1 : 'a'", "error"}, {"null == timestamp(0)", "bool"}, {"[1, 2u][0]", "dyn"}, {"[dyn(1), 2]", "list(dyn)"},
           {"{'x': {}, 'y': {'a': 1}}", "map(string, map(string, int))"}, {"[[], [1]]", "list(list(int))"}, {"dyn(1) + 1", "int"}, {"size('a') > 1.5", "bool"}}) {
    Env env;
    const auto program = compile(env, expression);
    EXPECT_EQ(program ? program->type()->to_text() : "error", type) << expression;
  }
}

// The page on the language names every function there is.
TEST(Language, Documented) {
  std::ifstream file(std::string(LW_SOURCE_DIR) + "/docs/cel.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(page.empty());
  for (const std::string_view name : functions().names()) {
    if (name.find_first_of("_@!") != std::string_view::npos) continue;  // operators
    EXPECT_NE(page.find("`" + std::string(name) + "`"), std::string::npos) << name;
  }
}

TEST(Language, Network) {
  expect_all({
      {"ip('::1').isLoopback()", "true"}, {"ip('127.0.0.1').family()", "4"}, {"ip('1.2.3')", "error"}, {"isIP('::g')", "false"}, {"isIP('1.2.3.4%eth0')", "false"},
      {"ip.isCanonical('127.0.0.1')", "true"}, {"ip.isCanonical('2001:0db8::1')", "false"}, {"ip.isCanonical('x')", "error"}, {"string(cidr('10.0.0.0/8'))", "\"10.0.0.0/8\""},
      {"cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"}, {"cidr('10.0.0.0/8').containsIP(ip('11.0.0.0'))", "false"}, {"cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", "true"},
      {"cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))", "false"}, {"cidr('10.1.2.3/8').masked()", "cidr(\"10.0.0.0/8\")"}, {"cidr('10.1.2.3/8').ip()", "ip(\"10.1.2.3\")"},
      {"cidr('10.0.0.0/33')", "error"}, {"isCIDR('::/129')", "false"}, {"ip('fe80::1').isLinkLocalUnicast()", "true"}, {"ip('ff02::1').isLinkLocalMulticast()", "true"},
      {"ip('8.8.8.8').isGlobalUnicast()", "true"}, {"ip('0.0.0.0').isUnspecified()", "true"}, {"type(ip('1.2.3.4')) == net.IP", "true"}, {"ip('::ffff:1.2.3.4')", "error"},
      {"ip('1.2.3.4') == ip('1.2.3.4')", "true"}, {"cidr('10.0.0.0/8').prefixLength()", "8"}, {"type(cidr('::/0')) == net.CIDR", "true"},
  });
}

}  // namespace
}  // namespace lw::cel
