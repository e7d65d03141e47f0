// From the API's document: the client's types, and who may call what, so that the console shows nobody what they may not do.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const source = new URL('../src/server/openapi.yaml', import.meta.url);
const target = new URL('src/api/', import.meta.url);
const document = parse(readFileSync(source, 'utf8'), { maxAliasCount: -1, merge: true });

const access = {};
for (const path of Object.values(document.paths)) {
  for (const operation of Object.values(path)) {
    if (operation.operationId) access[operation.operationId] = { roles: operation['x-roles'] ?? [], bodies: operation['x-bodies'] ?? [] };
  }
}
mkdirSync(target, { recursive: true });
writeFileSync(new URL('access.json', target), JSON.stringify(access, null, 1) + '\n');
writeFileSync(new URL('schema.d.ts', target), '// Made by generate.mjs from src/server/openapi.yaml.\n' + astToString(await openapiTS(document)));
