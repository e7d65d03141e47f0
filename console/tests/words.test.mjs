// Every text that a page names is there. English has the type of Chinese; the rest of the proof is here.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const source = new URL('../src/', import.meta.url);
const files = readdirSync(source, { recursive: true }).filter((name) => /\.(vue|ts)$/.test(name) && !name.startsWith('words'));

// The objects of the two files, without a compiler: they are plain literals.
const literal = (name) => new Function(`return ${readFileSync(new URL(`words/${name}`, source), 'utf8').replace(/^[\s\S]*?export default /, '').replace(/;\s*$/, '').replace('...names,', '')}`)();
const words = { ...literal('names.zh.ts'), ...literal('zh.ts') };
const has = (key) => key.split('.').reduce((at, part) => (at == null ? at : at[part]), words) !== undefined;

test('every key that is used has words', () => {
  let count = 0;
  for (const name of files) {
    const text = readFileSync(new URL(name, source), 'utf8');
    for (const [, key] of text.matchAll(/\bt\(\s*'([a-z][\w.-]*)'/g)) {
      assert.ok(has(key), `${name}: ${key}`);
      count++;
    }
    for (const [, group] of text.matchAll(/nameOf\('(\w+)'/g)) assert.ok(typeof words[group] === 'object', `${name}: ${group}`);
  }
  assert.ok(count > 200, `${count} keys: is this still how texts are named?`);
});

test('every word of the contract has words', () => {
  const groups = { Department: 'department', Violation: 'violation', Severity: 'severity', Action: 'action', TargetKind: 'kind', Known: 'known' };
  const contract = readFileSync(new URL('../../src/pack/contract.inc', import.meta.url), 'utf8');
  for (const [kind, group] of Object.entries(groups)) {
    const named = [...contract.matchAll(new RegExp(`^LW_CONTRACT\\(${kind}, "(.+)"\\)`, 'gm'))];
    assert.ok(named.length, kind);
    for (const [, word] of named) assert.ok(has(`${group}.${word}`), `${group}.${word}`);
  }
});

test('no group of words is used by nobody', () => {
  const all = files.map((name) => readFileSync(new URL(name, source), 'utf8')).join('\n');
  for (const group of Object.keys(words)) assert.match(all, new RegExp(`['\`]${group}(\\.|')`), group);
});
