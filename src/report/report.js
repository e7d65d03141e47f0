'use strict';
// Everything is put on the page as text nodes: nothing that a stream says can become markup.
const data = JSON.parse(document.getElementById('data').textContent);
const words = {
  zh: { title: '直播审计报告', other: 'English', clue: '命中只是线索，不是结论：机器可以提示、暂缓、限制；处罚须由人作出。空缺的数字表示记录中没有，并不表示为零。',
    pack: '规则包', events: '事件', bad: '坏事件', late: '迟到', duplicate: '重复', files: '文件', rooms: '直播间', session: '场次', audience: '观众是真的吗', sales: '销售是真的吗', fee: '坑位费回报', findings: '发现的问题',
    seen: '到场观众', suspect: '可疑', displayed: '显示峰值', chats: '弹幕', gifts: '礼物', orders: '订单', gross: '成交额', net: '净销售额', refunded: '退款', cancelled: '取消', unknown: '未知', none: '没有发现',
    real: '正常', ofAudience: '的观众可疑', ofOrders: '的订单可疑', feeLine: '坑位费', all: '全部', severity: '程度', violation: '违规类别', rule: '规则', count: '次数', law: '触及的法律', decisions: '逐条决定', more: '再显示 {n} 条',
    time: '时间', target: '对象', liable: '责任主体', values: '取值', basis: '法律依据', duty: '义务', actions: '建议措施', lead: '牵头部门', assist: '协助部门', evidence: '证据事件', trigger: '触发事件', mode: '方式', score: '置信度', article: '第{n}条',
    audienceChart: '每分钟新到观众与显示人数', moneyChart: '每分钟订单金额与礼物金额', chatChart: '每分钟弹幕', sofar: '合计', shownOf: '报告列出 {n} 条，全部 {m} 条见 decisions.ndjson', approximate: '近似值', shadow: '影子（只记录）', enforce: '执行', tier: '信用等级', known: { S: '法条原文', N: '新闻转述', T: '摘要', M: '凭记忆，未核实' },
    cleared: '未见违规', host: '主播', operator: '直播间运营者', mcn: '机构', period: '时段', from: '起', gmv: '销售', words: '原话', grossNote: '成交额不含已取消的订单；可疑指尚未退款的可疑订单金额' },
  en: { title: 'live session audit', other: '中文', clue: 'A hit is a clue, never a verdict: the machine may warn, hold or limit; a penalty needs a person. An empty figure is one that the recording does not hold; it is not zero.',
    pack: 'Pack', events: 'Events', bad: 'Bad events', late: 'Late', duplicate: 'Repeated', files: 'Files', rooms: 'Rooms', session: 'Session', audience: 'Was the audience real?', sales: 'Were the sales real?', fee: 'Return on the pit fee', findings: 'Findings',
    seen: 'Viewers seen', suspect: 'Suspect', displayed: 'Displayed peak', chats: 'Chats', gifts: 'Gifts', orders: 'Orders', gross: 'Gross', net: 'Net', refunded: 'refunded', cancelled: 'cancelled', unknown: 'unknown', none: 'none found',
    real: 'Others', ofAudience: 'of viewers suspect', ofOrders: 'of orders suspect', feeLine: 'pit fee', all: 'All', severity: 'Severity', violation: 'Violation', rule: 'Rule', count: 'Count', law: 'Which law', decisions: 'Decisions', more: 'Show {n} more',
    time: 'Time', target: 'Target', liable: 'Answers for it', values: 'Values seen', basis: 'Legal basis', duty: 'Duty', actions: 'Actions asked', lead: 'Lead department', assist: 'Assisting', evidence: 'Evidence', trigger: 'Trigger event', mode: 'Mode', score: 'Score', article: 'Art. {n}',
    audienceChart: 'New viewers a minute, and the figure displayed', moneyChart: 'Orders and gifts a minute, by amount', chatChart: 'Chats a minute', sofar: 'total', shownOf: '{n} shown here; all {m} are in decisions.ndjson', approximate: 'approximate', shadow: 'shadow (recorded only)', enforce: 'enforced', tier: 'Tier', known: { S: 'statute read', N: 'press or secondary page', T: 'digest', M: 'from memory, unverified' },
    cleared: 'nothing found', host: 'Host', operator: 'Operator', mcn: 'Agency', period: 'Period', from: 'from', gmv: 'Sales', words: 'Words', grossNote: 'gross leaves out cancelled orders; suspect is what was not refunded of suspect orders' },
};
const names = {
  'fake-traffic': '流量造假', 'data-inflation': '数据注水', 'order-brushing': '刷单', 'fake-review': '虚假评价', 'false-claim': '虚假宣传', 'absolute-term': '绝对化用语', 'medical-claim': '医疗宣称', 'price-fraud': '价格欺诈',
  'substandard-goods': '三无产品', counterfeit: '假冒', 'unlicensed-goods': '无证商品', 'prohibited-goods': '禁售商品', 'unqualified-host': '主体不合格', 'unlicensed-platform': '平台无证', 'tipping-breach': '打赏违规', 'minor-protection': '未成年人保护',
  'pk-breach': 'PK违规', 'disclosure-breach': '信息公示', 'off-platform-diversion': '站外引流', 'illegal-content': '违法内容', 'vulgar-content': '低俗内容', spam: '垃圾信息', 'consumer-rights': '消费者权益', 'privacy-breach': '隐私', 'retention-breach': '留存义务', 'duty-overdue': '逾期未履职',
  critical: '严重', high: '高', medium: '中', low: '低', info: '提示',
  account: '账号', device: '设备', ip: 'IP', room: '直播间', session: '场次', host: '主播', operator: '运营者', mcn: '机构', merchant: '商家', product: '商品', order: '订单', review: '评价', platform: '平台', department: '部门',
  samr: '市场监管总局', cac: '网信办', nrta: '广电总局', mct: '文化和旅游部', mps: '公安部', miit: '工信部', spc: '最高人民法院', 'anti-porn-office': '扫黄打非办', nmpa: '药监局', sta: '税务总局', mofcom: '商务部', cnipa: '知识产权局', tobacco: '烟草专卖局', forestry: '林草局', customs: '海关总署', 'civilisation-office': '中央文明办', 'finance-regulator': '金融监管总局', health: '卫生健康委', copyright: '版权局', association: '行业协会',
  warn: '警示', mute: '禁言', delist: '下架', 'freeze-gifts': '冻结打赏', 'limit-traffic': '限流', 'cut-stream': '断播', 'hold-payout': '暂缓结算', 'require-verification': '要求核验', 'remind-spend': '消费提醒', 'cool-off': '冷静期', 'refund-gift': '退还打赏',
};
const ranks = ['critical', 'high', 'medium', 'low', 'info'];
let lang = (location.hash || location.search).includes('en') ? 'en' : (location.hash || location.search).includes('zh') ? 'zh' : (navigator.language || 'zh').startsWith('zh') ? 'zh' : 'en';
let room = -1, filter = { room: -1, severity: '', violation: '' }, limit = 100;

const t = (key, values = {}) => words[lang][key].replace(/\{(\w)\}/g, (_, k) => values[k]);
const name = (id) => (lang === 'zh' && names[id]) || id;
const number = (n) => n == null ? t('unknown') : n.toLocaleString('en-US');
const yuan = (fen) => fen == null ? t('unknown') : '¥' + (fen / 100).toLocaleString('en-US', { minimumFractionDigits: fen % 100 ? 2 : 0, maximumFractionDigits: 2 });
const percent = (a, b) => b ? (100 * a / b).toFixed(a / b < 0.1 ? 1 : 0) + ' %' : '–';
const when = (iso) => iso.replace('T', ' ').replace(/(\.\d+)?([+-]\d\d:\d\d|Z)$/, '');
function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) key === 'class' ? node.className = value : key.startsWith('on') ? node[key] = value : node.setAttribute(key, value);
  node.append(...children.flat(Infinity).filter((c) => c != null && c !== false));
  return node;
}
const fill = (id, ...children) => document.getElementById(id).replaceChildren(...children.flat(Infinity).filter(Boolean));
const tag = (severity) => el('span', { class: 'tag ' + (ranks.includes(severity) ? severity : '') }, name(severity));
const label = (r) => r.platform + ' / ' + r.room + (r.session ? ' · ' + r.session : '');
const total = (r) => Object.values(r.violations).reduce((a, b) => a + b, 0);

function sum(rooms, pick) {
  const known = rooms.map(pick).filter((v) => v != null);
  return known.length ? known.reduce((a, b) => a + b, 0) : null;
}

function head() {
  const rooms = data.rooms, card = (key, value, small, state) => el('div', { class: 'card ' + state }, el('h3', {}, t(key)), el('b', {}, value), ...small.map((s) => el('small', {}, s)));
  const seen = sum(rooms, (r) => r.viewers.seen), suspect = sum(rooms, (r) => r.viewers.suspect);
  const placed = sum(rooms, (r) => r.orders.placed), bad = sum(rooms, (r) => r.orders.suspect), net = sum(rooms, (r) => r.orders.net), gross = sum(rooms, (r) => r.orders.gross);
  const fee = sum(rooms, (r) => r.pit_fee), feeNet = sum(rooms.filter((r) => r.pit_fee != null), (r) => r.orders.net), worst = ranks.filter((s) => data.by_severity[s]);
  fill('head', el('div', { class: 'cards' },
    card('audience', seen == null ? t('unknown') : percent(suspect, seen), seen == null ? [t('seen') + ' ' + t('unknown')] : [t('ofAudience') + ' (' + number(suspect) + ' / ' + number(seen) + ')', t('displayed') + ' ' + number(rooms.reduce((m, r) => r.displayed_peak == null ? m : Math.max(m ?? 0, r.displayed_peak), null))], seen == null ? 'unknown' : suspect ? 'bad' : ''),
    card('sales', placed == null ? t('unknown') : percent(bad, placed), placed == null ? [t('orders') + ' ' + t('unknown')] : [t('ofOrders') + ' (' + number(bad) + ' / ' + number(placed) + ')', t('gross') + ' ' + yuan(gross) + ' → ' + t('net') + ' ' + yuan(net)], placed == null ? 'unknown' : bad ? 'bad' : ''),
    card('fee', fee && feeNet != null ? '× ' + (feeNet / fee).toFixed(2) : t('unknown'), [t('feeLine') + ' ' + yuan(fee)], fee && feeNet != null ? feeNet < fee ? 'bad' : '' : 'unknown'),
    card('findings', number(data.decisions_total), worst.length ? worst.map((s) => name(s) + ' ' + number(data.by_severity[s])) : [t('none')], data.decisions_total ? 'bad' : '')));
}

function roomTable() {
  const columns = [['rooms', label], ['seen', (r) => number(r.viewers.seen), 1], ['suspect', (r) => r.viewers.seen == null ? t('unknown') : number(r.viewers.suspect) + ' · ' + percent(r.viewers.suspect, r.viewers.seen), 1], ['displayed', (r) => number(r.displayed_peak), 1],
    ['chats', (r) => number(r.chats), 1], ['gifts', (r) => r.gifts.count == null ? t('unknown') : number(r.gifts.count) + ' · ' + yuan(r.gifts.amount), 1], ['orders', (r) => r.orders.placed == null ? t('unknown') : number(r.orders.placed) + (r.orders.suspect ? ' (' + number(r.orders.suspect) + ' ' + t('suspect') + ')' : ''), 1], ['net', (r) => yuan(r.orders.net), 1], ['findings', (r) => number(total(r)), 1]];
  const rows = data.rooms.map((r, i) => el('tr', { class: 'pick' + (i === room ? ' on' : ''), tabindex: 0, onclick: () => choose(i), onkeydown: (e) => e.key === 'Enter' && choose(i) }, columns.map(([, get, n]) => el('td', n ? { class: 'n' } : {}, get(r)))));
  fill('rooms', el('div', { class: 'panel' }, el('h2', {}, t('rooms') + ' (' + data.rooms.length + ')'), el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, columns.map(([key, , n]) => el('th', n ? { class: 'n' } : {}, t(key))))), el('tbody', {}, rows)))));
}

// A small time chart: stacked bars, and a line on its own right-hand scale.
function chart(title, series, points, line) {
  const W = 1100, H = 190, L = 56, R = line ? 56 : 12, T = 10, B = 24, NS = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(NS, 'svg'), add = (tagName, attrs, text) => { const n = document.createElementNS(NS, tagName); for (const k in attrs) n.setAttribute(k, attrs[k]); if (text != null) n.textContent = text; svg.append(n); return n; };
  svg.setAttribute('viewBox', `0 0 ${W} ${H}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', title);
  const top = Math.max(1, ...points.map((p) => series.reduce((a, s) => a + s.get(p), 0))), lineTop = line ? Math.max(1, ...points.map(line.get)) : 1;
  const x = (i) => L + (W - L - R) * i / points.length, y = (v, m) => H - B - (H - T - B) * v / m, width = (W - L - R) / points.length;
  for (const f of [0, 0.5, 1]) {
    add('line', { x1: L, x2: W - R, y1: y(f, 1), y2: y(f, 1), stroke: '#dfe4ea' });
    add('text', { x: L - 6, y: y(f, 1) + 4, 'text-anchor': 'end' }, series[0].show(top * f));
    if (line) add('text', { x: W - R + 6, y: y(f, 1) + 4 }, line.show(lineTop * f));
  }
  points.forEach((p, i) => {
    let base = 0;
    for (const s of series) {
      const v = s.get(p);
      if (v > 0) add('rect', { x: x(i), width: Math.max(width - 0.6, 0.6), y: y(base + v, top), height: y(base, top) - y(base + v, top), fill: s.colour }).append(Object.assign(document.createElementNS(NS, 'title'), { textContent: p.at + ' ' + s.name + ' ' + s.show(v) }));
      base += v;
    }
  });
  if (line) {
    const known = points.map((p, i) => [i, line.get(p)]).filter(([, v]) => v >= 0);
    add('polyline', { points: known.map(([i, v]) => (x(i) + width / 2).toFixed(1) + ',' + y(v, lineTop).toFixed(1)).join(' '), fill: 'none', stroke: line.colour, 'stroke-width': 2 });
  }
  const step = Math.max(1, Math.ceil(points.length / 10));
  for (let i = 0; i < points.length; i += step) add('text', { x: x(i), y: H - 7 }, points[i].at.slice(11, 16));
  return el('div', {}, el('div', { class: 'legend' }, el('b', {}, title), [...series, ...(line ? [line] : [])].map((s) => [el('i', { style: 'background:' + s.colour }), s.name])), svg);
}

function roomPanel() {
  const r = data.rooms[room];
  if (!r) return fill('room');
  const points = r.series, show = (v) => number(Math.round(v)), money = (v) => yuan(Math.round(v)), charts = [];
  const held = (key) => points.some((p) => p[key] > 0);
  if (held('viewers') || held('suspect_viewers') || points.some((p) => p.displayed >= 0))
    charts.push(chart(t('audienceChart'), [{ name: t('real'), colour: 'var(--real)', get: (p) => p.viewers, show }, { name: t('suspect'), colour: 'var(--suspect)', get: (p) => p.suspect_viewers, show }], points, points.some((p) => p.displayed >= 0) ? { name: t('displayed'), colour: 'var(--shown)', get: (p) => p.displayed, show } : null));
  if (held('order_amount') || held('gift_amount'))
    charts.push(chart(t('moneyChart'), [{ name: t('orders'), colour: 'var(--real)', get: (p) => p.order_amount, show: money }, { name: t('gifts'), colour: 'var(--shown)', get: (p) => p.gift_amount, show: money }], points));
  if (held('chats')) charts.push(chart(t('chatChart'), [{ name: t('chats'), colour: 'var(--low)', get: (p) => p.chats, show }], points));
  const facts = [[t('period'), when(r.from) + ' – ' + when(r.to)], [t('host'), r.host], [t('operator'), r.operator], [t('mcn'), r.mcn], [t('feeLine'), r.pit_fee == null ? null : yuan(r.pit_fee)], [t('fee'), r.return_on_fee == null ? null : '× ' + r.return_on_fee.toFixed(2)], [t('gmv'), r.orders.gross == null ? null : t('gross') + ' ' + yuan(r.orders.gross) + ' − ' + t('refunded') + ' ' + yuan(r.orders.refunded_amount) + ' − ' + t('suspect') + ' ' + yuan(r.orders.suspect_amount) + ' → ' + t('net') + ' ' + yuan(r.orders.net) + ' (' + t('grossNote') + ')'], [t('findings'), Object.entries(r.violations).map(([v, n]) => name(v) + ' ' + n).join(' · ') || t('cleared')]].filter(([, v]) => v);
  fill('room', el('div', { class: 'panel' }, el('h2', {}, label(r)), el('dl', { class: 'open', style: 'border:0;padding:0 0 12px' }, facts.map(([k, v]) => [el('dt', {}, k), el('dd', {}, v)])), el('div', { class: 'charts' }, charts)));
}

const article = (b) => b.instrument + ' ' + (/^\d/.test(b.article || '') ? t('article', { n: b.article }) : b.article || '');

function law() {
  if (!data.rules.length) return fill('law');
  const rows = data.rules.map((r) => el('tr', {}, el('td', {}, tag(r.severity)), el('td', {}, name(r.violation)), el('td', {}, el('div', {}, (r.title && r.title[lang]) || r.id), el('code', { class: 'muted' }, r.id)), el('td', {}, el('div', {}, (r.duty && r.duty[lang]) || ''), (r.basis || []).map((b) => el('div', { class: 'muted', title: words[lang].known[b.known] || '' }, article(b) + ' [' + b.known + ']'))), el('td', {}, name(r.lead)), el('td', { class: 'n' }, number(r.count))));
  fill('law', el('div', { class: 'panel' }, el('h2', {}, t('law')), el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, ['severity', 'violation', 'rule', 'basis', 'lead', 'count'].map((k) => el('th', k === 'count' ? { class: 'n' } : {}, t(k))))), el('tbody', {}, rows)))));
}

function opened(d) {
  const x = d.data, rows = [];
  const row = (key, ...value) => value.flat().length && rows.push(el('dt', {}, t(key)), el('dd', {}, value));
  row('rule', el('code', {}, x.rule), ' ', (x.title && x.title[lang]) || '');
  if (x.duty) row('duty', x.duty[lang]);
  row('basis', (x.basis || []).map((b) => el('div', {}, article(b), ' ', el('span', { class: 'muted' }, words[lang].known[b.known] || b.known))));
  row('values', el('table', {}, Object.entries(x.features || {}).map(([k, v]) => el('tr', {}, el('td', {}, el('code', {}, k)), el('td', {}, typeof v === 'string' ? v : JSON.stringify(v), (x.approximate || []).includes(k) ? ' (' + t('approximate') + ')' : '')))));
  if (x.liable) row('liable', name(x.liable.kind) + ' ' + x.liable.id);
  row('actions', (x.actions || []).map(name).join('、'));
  row('lead', name(x.lead), (x.assist || []).length ? ' · ' + t('assist') + ': ' + x.assist.map(name).join('、') : '');
  row('mode', t(x.mode === 'shadow' ? 'shadow' : 'enforce'), ' · ', t('score'), ' ', String(x.score));
  row('trigger', el('code', {}, x.trigger || ''), d.trigger_raw ? el('pre', {}, d.trigger_raw) : '');
  row('evidence', (x.evidence || []).slice(0, 64).map((e) => el('code', {}, e)).flatMap((c, i) => i ? [' ', c] : [c]));
  return el('dl', { class: 'open', style: 'margin:0' }, rows);
}

function decisions() {
  const shown = data.decisions.filter((d) => (filter.room < 0 || (d.data.room === data.rooms[filter.room].room && d.data.platform === data.rooms[filter.room].platform)) && (!filter.severity || d.data.severity === filter.severity) && (!filter.violation || d.data.violation === filter.violation));
  const choice = (key, value, options) => el('select', { 'aria-label': t(key), onchange: (e) => { filter[key === 'rooms' ? 'room' : key] = key === 'rooms' ? +e.target.value : e.target.value; limit = 100; decisions(); } }, options.map(([v, text]) => el('option', v === value ? { value: v, selected: '' } : { value: v }, text)));
  const violations = [...new Set(data.decisions.map((d) => d.data.violation))].sort();
  const list = shown.slice(0, limit).map((d) => {
    const x = d.data, box = el('details', { ontoggle: () => { if (box.open && box.children.length === 1) box.append(opened(d)); } }, el('summary', {}, el('time', {}, when(d.time)), tag(x.severity), el('span', { class: 'msg' }, (x.message && x.message[lang]) || x.rule), el('span', { class: 'who' }, name(x.target.kind) + ' ' + x.target.id)));
    return box;
  });
  fill('decisions', el('div', { class: 'panel' }, el('h2', {}, t('decisions') + ' (' + number(shown.length) + ')'),
    data.decisions.length < data.decisions_total && el('p', { class: 'muted' }, t('shownOf', { n: number(data.decisions.length), m: number(data.decisions_total) })),
    el('div', { class: 'filters' }, choice('rooms', filter.room, [[-1, t('rooms') + ': ' + t('all')], ...data.rooms.map((r, i) => [i, label(r)])]), choice('severity', filter.severity, [['', t('severity') + ': ' + t('all')], ...ranks.map((s) => [s, name(s)])]), choice('violation', filter.violation, [['', t('violation') + ': ' + t('all')], ...violations.map((v) => [v, name(v)])])),
    list.length ? list : el('p', { class: 'muted' }, t('none')),
    shown.length > limit && el('button', { type: 'button', onclick: () => { limit += 200; decisions(); } }, t('more', { n: Math.min(200, shown.length - limit) }))));
}

function choose(i) {
  room = i;
  filter.room = data.rooms.length > 1 ? i : -1;
  limit = 100;
  roomTable();
  roomPanel();
  decisions();
}

function render() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  document.title = 'Livewarden · ' + t('title');
  document.querySelectorAll('[data-t]').forEach((n) => { n.textContent = t(n.dataset.t); });
  document.getElementById('lang').textContent = t('other');
  document.getElementById('pack').textContent = t('pack') + ' ' + data.pack;
  head();
  roomTable();
  roomPanel();
  law();
  decisions();
  fill('foot', t('files') + ': ' + data.files.join(', ') + ' · ' + t('events') + ' ' + number(data.events) + ' · ' + t('bad') + ' ' + number(data.bad_events) + ' · ' + t('late') + ' ' + number(data.late_events) + ' · ' + t('duplicate') + ' ' + number(data.duplicate_events) + ' · Livewarden ' + data.version);
}

document.getElementById('lang').onclick = () => { lang = lang === 'zh' ? 'en' : 'zh'; render(); };
if (data.rooms.length) room = data.rooms.reduce((best, r, i) => total(r) > total(data.rooms[best]) ? i : best, 0);
render();
