// A real service with its demo, in a folder of its own, and people in Chromium. Whoever is on a page must cause no error in the
// browser and ask nobody but the service.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const kBinary = process.env.LIVEWARDEN ?? fileURLToPath(new URL('../../build/release/livewarden', import.meta.url));
const kChromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const kPatience = 30_000;

export async function until(holds, what, patience = kPatience) {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(100)) {
    const got = await holds();
    if (got) return got;
  }
  throw new Error(`waited in vain for ${what}`);
}

export class Scene {
  people = new Map();  // name → password
  strange = [];        // what no page may do

  async start() {
    for (const [path, what] of [[kBinary, 'LIVEWARDEN'], [kChromium, 'CHROMIUM']]) assert.ok(existsSync(path), `${path} is not there: ${what} says where else`);
    this.folder = mkdtempSync(join(tmpdir(), 'lw-console-'));
    this.service = spawn(kBinary, ['serve', '--demo', '--data', this.folder, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '', noted = '';
    this.service.stdout.on('data', (bytes) => (said += bytes));
    this.service.stderr.on('data', (bytes) => (noted += bytes));
    await until(() => {
      assert.equal(this.service.exitCode, null, `the service ended:\n${noted}`);
      return /^http:\/\/\S+/m.test(said) && said.includes('alpha-officer');
    }, 'the demo', 5 * kPatience);
    this.url = said.match(/^http:\/\/\S+/m)[0];
    for (const [, name, password] of said.matchAll(/^(\S+) +(\S+) +(?:livewarden|\S+\/\S+) +\S+$/gm)) this.people.set(name, password);
    await until(async () => (await fetch(`${this.url}/readyz`).catch(() => undefined))?.ok, 'the service to be ready');
    this.browser = await chromium.launch({ executablePath: kChromium, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update'] });
  }

  async stop() {
    await this.browser?.close();
    if (this.service?.exitCode === null) {
      this.service.kill('SIGTERM');
      await until(() => this.service.exitCode !== null, 'the service to end');
    }
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }

  // Somebody's browser. `name` logs in first; without it, the public.
  async person(name, { locale = 'zh-CN', colorScheme = 'light', width = 1280, height = 720 } = {}) {
    const context = await this.browser.newContext({ locale, colorScheme, viewport: { width, height }, reducedMotion: 'reduce', timezoneId: 'America/New_York' });
    context.setDefaultTimeout(kPatience);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.strange.push(`${name}: ${error.message}`));
    page.on('console', (message) => {
      // The browser writes a line for each answer that is a refusal; refusals are the service's to give.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) this.strange.push(`${name}: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(this.url) && !request.url().startsWith('blob:')) this.strange.push(`${name} asked ${request.url()}`);
    });
    if (name) await this.logIn(page, name, this.people.get(name));
    return page;
  }

  async logIn(page, name, password) {
    await page.goto(`${this.url}/login`);
    await page.fill('[name=name]', name);
    await page.fill('[name=password]', password);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== '/login');
  }

  go = (page, path) => page.goto(this.url + path);

  // For whoever wants to look: SHOTS=folder npm test.
  async shot(page, name) {
    if (!process.env.SHOTS) return;
    mkdirSync(process.env.SHOTS, { recursive: true });
    await sleep(500);
    await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
  }

  // Every page that is open.
  async shots(name) {
    const pages = this.browser?.contexts().flatMap((context) => context.pages()) ?? [];
    for (const [index, page] of pages.entries()) await this.shot(page, `${name}-${index}`);
  }

  async send(token, events) {
    const lines = events.map((event) => JSON.stringify({ specversion: '1.0', source: '/platforms/alpha', ...event })).join('\n');
    const answer = await fetch(`${this.url}/v1/events`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' }, body: lines });
    assert.equal(answer.status, 202, await answer.clone().text());
    assert.equal((await answer.json()).rejected.length, 0);
  }
}

// What an authenticator shows: RFC 6238 with SHA-1, `steps` of thirty seconds from now.
export function code(secret, steps = 0) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
