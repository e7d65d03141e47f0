// The console as people use it, against a real service: each test goes on where the one before ended.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { code, kBinary, Scene, until } from './scene.mjs';

const scene = new Scene();
const now = (seconds = 0) => new Date(Date.now() + seconds * 1000).toISOString();
let officer, approver, token, caseId, receipt;

const dialog = (page) => page.locator('.ask:visible');
async function fill(page, label, text) {
  await dialog(page).locator('.el-form-item', { hasText: label }).locator('input, textarea').first().fill(text);
}
async function choose(page, label, option) {
  await dialog(page).locator('.el-form-item', { hasText: label }).locator('.el-select').click();
  await page.locator('.el-select-dropdown__item:visible', { hasText: option }).first().click();
}
const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();
async function send(page, name) {
  await dialog(page).getByRole('button', { name, exact: true }).click();
  await dialog(page).waitFor({ state: 'hidden' });
}
const sees = (page, text) => page.getByText(text).first().waitFor();
const state = (page) => page.locator('.head .tag').nth(1).innerText();
// Where one step ends the next begins: after the first that fails, the rest would only wait in vain.
let failed = '';
const step = (name, walk) =>
  test(name, async () => {
    assert.equal(failed, '', 'not tried: an earlier step failed');
    failed = name;
    await walk();
    failed = '';
  });

describe('console', { concurrency: 1 }, () => {
  before(() => scene.start(), { timeout: 180_000 });
  after(async () => {
    if (failed) await scene.shots('failed');
    await scene.stop();
  });

  step('a wrong password says so, and the right one leads in', async () => {
    const page = await scene.person();
    await scene.go(page, '/cases?tab=led');
    await page.waitForURL(/login/);
    await page.fill('[name=name]', 'samr-officer');
    await page.fill('[name=password]', 'not this one at all');
    await page.keyboard.press('Enter');
    await sees(page, '用户名、密码或验证码不对');
    await page.fill('[name=password]', scene.people.get('samr-officer'));
    await page.keyboard.press('Enter');
    await page.waitForURL(/cases\?tab=led/);  // where it was going
    await page.context().close();
    officer = await scene.person('samr-officer');
    approver = await scene.person('samr-approver');
  });

  step('who is new sets a password of their own before anything else', async () => {
    const admin = await scene.person('samr-admin');
    await scene.go(admin, '/people');
    await press(admin, '新增人员');
    await fill(admin, '姓名', '李明');
    await fill(admin, '用户名', 'li.ming');
    await dialog(admin).getByText('经办', { exact: true }).click();
    await dialog(admin).getByRole('button', { name: '新增人员' }).click();
    await sees(admin, '李明 的初始密码');
    const first = (await dialog(admin).locator('.secret').innerText()).trim();
    await scene.shot(admin, 'password-once');
    await send(admin, '已记下');
    const page = await scene.person();
    await scene.logIn(page, 'li.ming', first);
    await page.waitForURL(/\/me$/);
    assert.equal(await page.locator('nav.bar a.place').count(), 0);
    await page.fill('[name=old]', first);
    await page.fill('[name=new]', 'lanterns over the river');
    await page.fill('[name=again]', 'lanterns over the river');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/rooms$/);
    scene.people.set('li.ming', 'lanterns over the river');
    await page.context().close();
    await admin.context().close();
  });

  step('with a second factor a login asks for its code', async () => {
    const page = await scene.person('li.ming');
    await scene.go(page, '/me');
    const panel = page.locator('.panel', { hasText: '双重验证' });
    await panel.locator('input[type=password]').fill(scene.people.get('li.ming'));
    await press(page, '开始设置');
    const secret = (await panel.locator('code').innerText()).replaceAll(' ', '');
    await panel.locator('svg').first().waitFor();
    await scene.shot(page, 'totp');
    await panel.locator('input').fill(code(secret));
    await press(page, '开启');
    await sees(page, '已开启：登录时');
    const again = await scene.person();
    await scene.go(again, '/login');
    await again.fill('[name=name]', 'li.ming');
    await again.fill('[name=password]', scene.people.get('li.ming'));
    await again.keyboard.press('Enter');
    await again.fill('[name=code]', code(secret, 1));
    await scene.shot(again, 'code');
    await again.keyboard.press('Enter');
    await again.waitForURL(/\/rooms$/);
    await again.context().close();
    await page.context().close();
  });

  step('a platform makes a token, and what it sends shows itself in the rooms at once', async () => {
    const admin = await scene.person('alpha-admin');
    await scene.go(admin, '/people');
    await press(admin, '新增令牌');
    await fill(admin, '用途', '数据报送');
    await dialog(admin).getByText('写入事件').click();
    await dialog(admin).getByRole('button', { name: '新增令牌' }).click();
    await sees(admin, '的令牌');
    token = (await dialog(admin).locator('.secret').innerText()).trim();
    await send(admin, '已记下');
    await admin.context().close();

    await scene.go(officer, '/rooms');
    await sees(officer, '实时');
    await scene.send(token, [
      { id: 'c1', type: 'live.product.submitted', time: now(-120), data: { product: 'pillow', merchant: 'm-pillow', title: '乳胶枕', category: 'home', amount: 9900, quality_certificate: 'Q-1', manufacturer: '某家纺厂', manufacturer_address: '江苏省南通市' } },
      { id: 'c7', type: 'live.preflight.signed', time: now(-115), data: { session: 's-console', reviewer: 'rv-console', outcome: 'passed' } },
      { id: 'c8', type: 'live.roster.filed', time: now(-114), data: { session: 's-console', accounts: ['h-console'] } },
      { id: 'c2', type: 'live.session.started', time: now(-110), data: { room: 'r-console', session: 's-console', host: 'h-console', operator: 'op-console' } },
      { id: 'c3', type: 'live.audience.reported', time: now(-100), data: { room: 'r-console', session: 's-console', online: 1234 } },
      { id: 'c4', type: 'live.product.listed', time: now(-90), data: { room: 'r-console', session: 's-console', product: 'pillow', amount: 9900 } },
      { id: 'c5', type: 'live.order.placed', time: now(-80), data: { order: 'o-console', account: 'a1', room: 'r-console', session: 's-console', merchant: 'm-pillow', product: 'pillow', quantity: 1, amount: 9900 } },
    ]);
    const row = officer.locator('tr', { hasText: 'r-console' });
    await row.getByText('1,234').waitFor();
    await row.getByText('¥99').waitFor();
    await row.getByText('暂无').waitFor();
    await scene.send(token, [
      { id: 'c6', type: 'live.speech.transcribed', time: now(-30), data: { room: 'r-console', session: 's-console', host: 'h-console', text: '睡一个月颈椎病就好了，还能改善失眠', start_ms: 1, end_ms: 2, confidence: 0.95 } },
      { id: 'c9', type: 'live.audience.reported', time: now(-20), data: { room: 'r-console', session: 's-console', online: 2345 } },
    ]);
    await row.getByText('2,345').waitFor();
    await row.getByText('医疗宣称 1').waitFor();  // the kind too, soon after
    await scene.shot(officer, 'rooms');
  });

  step('a finding explains itself', async () => {
    await officer.locator('tr', { hasText: 'r-console' }).locator('a.name').click();
    await officer.waitForURL(/rooms\/alpha\/r-console/);
    await officer.locator('canvas').waitFor();
    const finding = officer.locator('details.finding');
    await finding.locator('summary').focus();
    await officer.keyboard.press('Enter');
    for (const words of ['普通商品宣称疾病治疗功能', '中华人民共和国广告法 第 17 条', '任何广告不得涉及疾病治疗功能', '失眠', '/platforms/alpha#c6', '市场监管']) await finding.getByText(words).first().waitFor();
    // Asked for until it is in the evidence tree; the button goes when the proof comes.
    await until(async () => {
      await finding.getByRole('button', { name: '查看存证' }).click({ timeout: 1000 }).catch(() => {});
      return (await finding.locator('pre').count()) > 0;
    }, 'the finding to be in the evidence tree');
    await scene.shot(officer, 'room');
    const english = await scene.person('cac-officer', { locale: 'en-US', colorScheme: 'dark' });
    await scene.go(english, '/rooms/alpha/r-console');
    await sees(english, 'Viewers and findings');
    await sees(english, 'What was found in this broadcast is for other departments');  // and not told
    await english.context().close();
  });

  step('a case is found with the keyboard alone and claimed', async () => {
    await scene.go(officer, '/cases?tab=unclaimed');
    await officer.locator('tbody tr', { hasText: 'r-console' }).waitFor();
    const rows = await officer.locator('tbody tr').allInnerTexts();
    for (let i = 0; i <= rows.findIndex((text) => text.includes('r-console')); i++) await officer.keyboard.press('j');
    await officer.keyboard.press('Enter');
    await officer.waitForURL(/cases\/\d+/);
    caseId = Number(officer.url().split('/').at(-1));
    assert.match(await officer.locator('h1').innerText(), /医疗宣称/);
    await officer.locator('.head').getByText('剩 2 个工作日').waitFor();  // on whatever day it was opened
    assert.equal(await officer.getByRole('button', { name: '认定违规' }).count(), 0);
    await officer.keyboard.press('c');
    await until(async () => (await state(officer)) === '办理中', 'the case to be claimed');
    await officer.getByRole('button', { name: '认定违规' }).waitFor();
  });

  step('when somebody was quicker it says who, and keeps what was written', async () => {
    await press(officer, '认定违规');
    await fill(officer, '理由', '录音与商品页面一致');
    // A colleague comments meanwhile: the case is another by now.
    await scene.go(approver, `/cases/${caseId}`);
    await press(approver, '备注');
    await fill(approver, '写给同事的话', '<img src=x onerror=alert(1)> 请附商品页截图');
    await send(approver, '备注');
    await dialog(officer).getByRole('button', { name: '认定违规' }).click();
    await dialog(officer).getByText('抢先一步').waitFor();
    await dialog(officer).getByText('samr-approver').waitFor();
    await scene.shot(officer, 'quicker');
    assert.equal(await dialog(officer).locator('textarea').inputValue(), '录音与商品页面一致');
    await officer.keyboard.press('Control+Enter');
    await dialog(officer).waitFor({ state: 'hidden' });
    await until(async () => (await state(officer)) === '已认定', 'the case to be confirmed');
    await sees(officer, '<img src=x onerror=alert(1)> 请附商品页截图');  // text stays text
    assert.equal(await officer.locator('main img').count(), 0);
  });

  step('a proposed measure is imposed, a grave one waits for another person', async () => {
    await press(officer, '采用');
    await fill(officer, '理由', '首次违规');
    await send(officer, '作出措施');
    await press(officer, '作出措施');
    await choose(officer, '措施', '罚款');
    await fill(officer, '金额', '200000');
    await fill(officer, '理由', '广告法第五十五条');
    await scene.shot(officer, 'measure');
    await send(officer, '作出措施');
    const fine = officer.locator('tr', { hasText: '罚款' });
    await fine.getByText('¥200,000').waitFor();
    await fine.getByText('待审批').waitFor();
    assert.equal(await fine.getByRole('button', { name: '批准', exact: true }).count(), 0);
    await approver.locator('tr', { hasText: '罚款' }).getByRole('button', { name: '批准', exact: true }).click();
    await send(approver, '批准');
    await fine.getByText('生效').waitFor();  // told by the stream
    await scene.shot(officer, 'case');
  });

  step('points are taken, and come back without a trace when the appeal is won', async () => {
    await officer.locator('dd .party a').first().click();
    await officer.waitForURL(/parties/);
    await officer.locator('canvas').waitFor();
    const entry = officer.locator('tr', { hasText: '医疗宣称' });
    await entry.waitFor();
    const score = () => officer.locator('.figure b').first().innerText();
    const taken = Number((await score()).replace(',', ''));
    assert.ok(taken < 1000, `${taken}`);
    await scene.shot(officer, 'credit');
    await officer.goBack();
    await press(officer, '代为申诉');
    await fill(officer, '申诉内容', '商品为医疗器械，已取得注册证');
    await send(officer, '代为申诉');
    await until(async () => (await state(officer)) === '申诉中', 'the appeal');
    assert.equal(await officer.getByRole('button', { name: '裁决申诉' }).count(), 0);
    await press(approver, '裁决申诉');
    await dialog(approver).getByText('撤销原决定').click();
    await fill(approver, '理由', '注册证属实');
    await send(approver, '裁决申诉');
    await until(async () => (await state(officer)) === '撤销', 'the case to be overturned');
    await officer.locator('tr', { hasText: '罚款' }).getByText('已解除').waitFor();
    await officer.locator('dd .party a').first().click();
    await officer.locator('tr.gone', { hasText: '医疗宣称' }).getByText('注册证属实').waitFor();
    assert.equal(await score(), '1,000');
    await scene.shot(officer, 'restored');
    await officer.goBack();
  });

  step('the case is handed out as a bundle and closed', async () => {
    const [file] = await Promise.all([officer.waitForEvent('download'), press(officer, '导出证据包')]);
    assert.equal(JSON.parse(readFileSync(await file.path(), 'utf8')).bundle.about.case, caseId);
    execFileSync(kBinary, ['evidence', 'verify', await file.path()]);  // as anybody may who was handed it
    await press(officer, '结案');
    await send(officer, '结案');
    await until(async () => (await state(officer)) === '已结案', 'the case to be closed');
    for (const name of ['备注', '导出证据包']) await officer.getByRole('button', { name }).waitFor();
    for (const name of ['认定违规', '作出措施', '移送', '结案']) assert.equal(await officer.getByRole('button', { name, exact: true }).count(), 0, name);
  });

  step('a repair task is set and verified', async () => {
    // Another case of the demo takes points, for a task to give back.
    await scene.go(officer, '/cases?tab=unclaimed');
    await officer.locator('tbody tr', { hasText: '绝对化用语' }).click();
    await officer.getByRole('button', { name: /^认领/ }).click();
    await press(officer, '认定违规');
    await fill(officer, '理由', '多次使用“国家级”');
    await send(officer, '认定违规');
    await officer.locator('dd .party a').first().click();
    await officer.locator('tr', { hasText: '绝对化用语' }).waitFor();
    const score = async () => Number((await officer.locator('.figure b').first().innerText()).replace(',', ''));
    const before = await score();
    await press(officer, '布置修复任务');
    await choose(officer, '任务', '参加合规培训');
    await fill(officer, '说明', '十二月培训班');
    await send(officer, '布置修复任务');
    const task = officer.locator('.repair', { hasText: '参加合规培训' });
    await task.getByText('进行中').waitFor();
    await task.getByText('十二月培训班').waitFor();
    assert.equal(await score(), before);  // nothing is given for a promise
    // Another person verifies it than who set it.
    assert.equal(await task.getByRole('button', { name: '核验' }).count(), 0);
    await approver.goto(officer.url());
    await approver.locator('.repair', { hasText: '参加合规培训' }).getByRole('button', { name: '核验' }).click();
    await dialog(approver).getByText('已完成', { exact: true }).click();
    await fill(approver, '说明', '考核 92 分');
    await send(approver, '核验');
    await officer.reload();
    await task.getByText('已完成', { exact: true }).waitFor();
    const entry = officer.locator('tr', { hasText: '参加合规培训' });
    const given = Number((await entry.locator('.n').innerText()).replace('+', ''));
    assert.ok(given > 0, `${given}`);
    await until(async () => (await score()) === before + given, 'the points to be given back');
    assert.equal(await task.getByRole('button', { name: '核验' }).count(), 0);
    await scene.shot(officer, 'repair');
  });

  step('a case of hundreds of findings is read a line for each rule', async () => {
    await scene.go(officer, '/cases?tab=unclaimed');
    await officer.locator('tbody tr', { hasText: '刷单' }).first().click();
    const facts = officer.locator('.panel', { hasText: '事实与证据' });
    const folds = facts.locator('details.fold');
    await folds.first().waitFor();
    const lines = await facts.locator('details:visible').count(), total = Number((await facts.locator('header .soft').innerText()).replace(',', ''));
    assert.ok(total > 100 && lines < 20, `${total} facts on ${lines} lines`);
    await scene.shot(officer, 'folded');
    const fold = folds.first(), holds = Number((await fold.locator('.count').innerText()).replace('×', ''));
    await fold.locator('summary').first().click();
    const inside = fold.locator('details.finding');
    await inside.first().waitFor();
    while (await fold.getByRole('button', { name: '再显示一些' }).count()) await fold.getByRole('button', { name: '再显示一些' }).click();
    assert.equal(await inside.count(), holds);
    const asked = officer.locator('.panel', { hasText: '平台干预' }).locator('details.fold').first();
    await asked.locator('summary').click();
    await asked.locator('.event').first().getByText(/\S/).first().waitFor();
  });

  step('anybody reports, and follows the report by its receipt', async () => {
    const page = await scene.person();
    await scene.go(page, '/report');
    const field = (label) => page.locator('.el-form-item', { hasText: label });
    await field('哪个平台').locator('input').fill('alpha');
    await field('什么问题').locator('.el-select').click();
    await page.locator('.el-select-dropdown__item:visible', { hasText: '价格欺诈' }).click();
    await field('编号或名称').locator('input').fill('r-console');
    await field('经过').locator('textarea').fill('=HYPERLINK("http://x") 说原价 1999，一直卖 299 <b>骗人</b>');
    await scene.shot(page, 'report');
    await press(page, '提交举报');
    await sees(page, '举报已收到');
    receipt = (await page.locator('.receipt').innerText()).trim();
    await page.getByRole('link', { name: '查询进度' }).click();
    await page.locator('li[aria-current]', { hasText: '已收到' }).waitFor();

    await scene.go(officer, '/reports');
    const row = officer.locator('tr', { hasText: receipt });
    await row.getByText('<b>骗人</b>').waitFor();
    await row.getByRole('button', { name: '答复' }).click();
    await fill(officer, '给举报人的答复', '已受理，正在核查');
    await send(officer, '发出答复');
    await row.getByText('已受理', { exact: true }).waitFor();
    await scene.shot(officer, 'reports');
    await page.reload();
    await page.locator('li[aria-current]', { hasText: '已受理' }).waitFor();
    await sees(page, '已受理，正在核查');
    await scene.shot(page, 'receipt');
    await scene.go(page, '/report/0000-0000-0000-0000');
    await sees(page, '没有找到，或不属于本单位');
    await page.context().close();
  });

  step('what one may not do, or see, is not shown', async () => {
    const platform = await scene.person('alpha-officer');
    assert.deepEqual(await platform.locator('nav.bar a.place').allInnerTexts(), ['直播间', '案件', '信用']);
    await scene.go(platform, `/cases/${caseId}`);
    await sees(platform, '事实与证据');
    for (const name of ['认领', '备注', '导出证据包', '移送']) assert.equal(await platform.getByRole('button', { name }).count(), 0, name);
    assert.equal(await platform.getByText('请附商品页截图').count(), 0);  // staff's comments
    const other = await scene.person('cac-officer');
    await scene.go(other, `/cases/${caseId}`);
    await sees(other, '没有找到，或不属于本单位');
    const admin = await scene.person('samr-admin');
    assert.deepEqual(await admin.locator('nav.bar a.place').allInnerTexts(), ['直播间', '案件', '信用', '举报', '人员', '操作记录']);
    await scene.go(admin, '/audit');
    await admin.locator('tr', { hasText: '认定违规' }).first().waitFor();
    await scene.shot(admin, 'audit');
    const keeper = await scene.person('admin');
    await keeper.waitForURL(/people/);
    assert.deepEqual(await keeper.locator('nav.bar a.place').allInnerTexts(), ['人员', '操作记录']);
    for (const page of [platform, other, admin, keeper]) await page.context().close();
  });

  step('both languages, at once and remembered', async () => {
    await scene.go(officer, '/cases');
    await press(officer, 'English');
    await sees(officer, 'My department');
    await officer.reload();
    await sees(officer, 'My department');
    assert.equal(await officer.evaluate(() => document.documentElement.lang), 'en');
    await press(officer, '中文');
    await sees(officer, '本部门牵头');
  });

  step('a session that is over leads to the door, and back', async () => {
    await officer.context().clearCookies();
    await scene.go(officer, `/cases/${caseId}`);
    await officer.waitForURL(/login/);
    await scene.logIn(officer, 'samr-officer', scene.people.get('samr-officer'));
    await press(officer, /执法人员/);
    await officer.getByText('退出登录').click();
    await officer.waitForURL(/login/);
    await scene.go(officer, '/rooms');
    await officer.waitForURL(/login/);
  });

  step('no page did what it may not: no error, nothing asked of anybody else', () => assert.deepEqual(scene.strange, []));
});
