import names from './names.zh';

export default {
  ...names,
  comma: '、',
  colon: '：',
  zone: '时间均为北京时间（UTC+8）',
  page: {
    login: '登录', rooms: '直播间', room: '直播间', cases: '案件', case: '案件', credit: '信用', party: '信用档案', reports: '举报', people: '人员', audit: '操作记录', me: '我的账号',
    'file-report': '公众举报', receipt: '举报进度', published: '典型案例', nowhere: '没有这个页面', home: '',
  },
  verb: { again: '重试', more: '再显示一些', left: '还有 {n} 条', cancel: '取消', back: '返回', save: '保存', change: '修改', home: '回到首页', yes: '是', no: '否' },
  ask: { missing: '请填写', choose: '请选择', ctrlEnter: 'Ctrl + Enter 提交', copy: '复制', copied: '已复制' },
  live: { connecting: '正在连接', live: '实时', lost: '连接中断，正在重连' },
  who: { me: '我', machine: '系统', public: '公众', token: '程序 {n}' },
  known: { S: '法条原文', N: '据新闻转述', T: '据摘要', M: '未核实' },
  mode: { enforce: '执行', shadow: '影子（只记录，不产生后果）' },
  moment: { session: '直播', decision: '发现', intervention: '平台干预', case: '立案', report: '举报', inspection: '检查' },
  method: { 'spot-check': '抽查', undercover: '暗访', 'sampling-test': '抽样检验' },
  filter: { platform: '平台', severity: '程度', atLeast: '程度不低于', violation: '违规类别', state: '状态', none: '没有符合条件的' },
  keys: {
    title: '键盘操作', move: '在列表中上下移动（方向键也可以）', open: '打开选中的一行', search: '跳到搜索框', claim: '认领当前案件', send: '提交对话框', leave: '离开输入框，返回列表',
  },
  login: {
    title: 'Livewarden 直播监管', name: '用户名', password: '密码', code: '六位验证码', enter: '登录', out: '退出登录', second: '{name}，请输入验证器应用上显示的验证码。', again: '登录已过期，请重新登录。',
  },
  due: { left: '剩 {n} 个工作日', today: '今天到期', over: '逾期 {n} 个工作日', overToday: '刚刚逾期' },
  trouble: {
    0: '连不上服务，请检查网络后重试', 400: '填写的内容不对', 401: '用户名、密码或验证码不对', 403: '您的角色不能做这件事', 404: '没有找到，或不属于本单位', 409: '没有办成：状态已经变了，或别人抢先了一步',
    413: '内容太大', 415: '内容的格式不对', 429: '太频繁了，请稍后再试', 500: '服务出错了，已有记录', 503: '服务暂时不可用，请稍后再试', other: '没有办成',
  },
  rooms: {
    title: '正在直播', all: '全部直播间', ended: '含已下播', sum: '{rooms} 间 · {risky} 间有发现 · 在线 {online} 人 · 销售 {gross} · 打赏 {tips}', risky: '只看有发现的', search: '直播间、主播、运营者', risk: '风险', by: '主播与运营者', findings: '发现',
    online: '在线人数', gross: '销售额', tips: '打赏', onAir: '已播', none: '暂无', others: '由其他部门主管', empty: '现在没有正在直播的直播间。勾选“含已下播”可以看以前的。',
  },
  room: {
    name: '直播间 {room} · {platform}', onAir: '正在直播', off: '已下播', lasted: '播了', peak: '最高在线', started: '开播', chart: '在线人数与发现', pick: '点一个发现，下面展开它', timeline: '时间线', empty: '这一场还没有发现', others: '这一场的发现都由其他部门主管',
  },
  finding: {
    rule: '规则', target: '对象', liable: '责任主体', seen: '看到的数值', words: '命中的词', basis: '法律依据', article: ' 第 {n} 条', actions: '建议的干预', lead: '部门', assist: '牵头，{who}协助', mode: '方式', score: '把握',
    events: '背后的事件', trigger: '触发事件', proof: '存证', prove: '查看存证', notYet: '还没有写入存证，或本单位看不到', leaf: '证据树第 {n} 片叶子（树共 {size} 片），检查点如下', case: '案件',
  },
  cases: {
    tab: { mine: '我的', unclaimed: '待认领', led: '本部门牵头', helping: '协办', overdue: '已逾期', all: '全部' },
    none: {
      mine: '您手上没有案件。到“待认领”里认领一件。', unclaimed: '没有待认领的案件。', led: '没有符合条件的案件。', helping: '没有需要协助的案件。', overdue: '没有逾期的案件。', all: '没有符合条件的案件。',
    },
    case: '案件', liable: '责任主体，如 host/h1', new: '手工立案', newNote: '用于抽查、暗访、抽样检验发现的问题。同一主体、同类违规、同一场次已有未结案件时，会并入其中。', open: '立案', method: '怎样发现的',
    liableKind: '责任主体类型', liableId: '责任主体编号', room: '直播间（可不填）', found: '发现了什么', handedIn: '已并入其他部门的案件，编号 {ref}',
  },
  case: {
    name: '案件 {id}', due: '期限', lead: '牵头', owner: '经办人', nobody: '无人认领', opened: '立案', ground: '依据', helped: '{who}协办', escalated: '已上报', joint: '并案，见案件 {id}', credit: '信用 {score} 分，{grade}',
    count: { decisions: '发现 {n}', reports: '举报 {n}', inspections: '检查 {n}' }, outcome: '认定', published: '已公开', same: '同案已认定', sameNote: '同一行为不重复处罚', items: '事实与证据', noItems: '还没有任何依据', someItems: '最近 {shown} 条，共 {total} 条', noText: '（没有文字）', history: '经过', appeals: '申诉', interventions: '平台干预',
    next: '下一步', claim: '认领', release: '放回', releaseNote: '案件回到待认领，由同事接手。', assign: '指派', assignTo: '指派给（用户名）', assignHint: '本部门同事的用户名', comment: '备注', commentText: '写给同事的话',
    commentNote: '只有监管部门看得到，平台和当事人看不到。', confirm: '认定违规', confirmNote: '信用分会按规则扣减，当事人可以申诉。', reject: '认定不成立', rejectNote: '案件以不成立告终，规则的准确率会记上这一笔。',
    reason: '理由', remark: '说明（可不填）', transfer: '移送', transferTo: '移送给', transferNote: '移送后由对方部门牵头，本部门不再经办。', join: '联合办理', joinNote: '请其他部门协助，或与另一案件并案。', joinHow: '方式',
    joinBy: { assist: '请部门协助', joint: '与案件并案' }, joinDepartments: '协助部门', joinCase: '案件编号', publish: '公开为典型案例', publishText: '公开的正文', publishNote: '任何人都能看到。请不要写姓名、账号和其他个人信息。',
    close: '结案', closeNote: '结案后不再变动。仍在申诉期内的案件不能结案。', appeal: '代为申诉', appealText: '申诉内容', decideAppeal: '裁决申诉', appealOutcome: '对原决定', appealReason: '裁决（{who}）：', bundle: '导出证据包',
    quicker: '{who}在 {at} 抢先一步（{what}）。案件已更新，您写的内容还在，请核对后再提交。',
    step: {
      open: '这个案件还没有人办。牵头部门的经办人可以认领。', claimed: '已有同事在办。', claimedMine: '请核对事实与证据，作出认定。', confirmed: '已认定违规。可以作出措施，当事人可在申诉期内申诉。',
      waits: '有重大措施等待另一人审批。', rejected: '已认定不成立，可以结案。', appealed: '当事人已申诉，由没有参与认定的审批人裁决。', upheld: '申诉后维持原决定，可以继续执行或结案。', overturned: '原决定已撤销，一切后果已恢复，可以结案。', closed: '已结案。',
    },
  },
  measure: {
    title: '措施', ladder: '措施阶梯', impose: '作出措施', kind: '措施', amount: '金额（元）', until: '截止日', untilHint: '不填则无期限', untilDay: '至 {day}', note: '由您署名作出。需审批的措施，须由另一位审批人批准后才生效。',
    proposed: '建议', grave: '需审批', done: '已作出', fill: '采用', actions: '建议请平台', approve: '批准', approveNote: '{who}提出：{what}。批准后立即生效。', refuse: '不批准', takeBack: '撤回', lift: '解除', approvedBy: '{who}批准', liftedAt: '{at} 解除',
  },
  credit: {
    lowest: '分数从低到高', kind: '主体类型', grade: '等级', search: '查找主体编号或名称', found: '查到的主体', enter: '按回车查找；没有结果就是没有这个主体。', score: '信用分', party: '主体', counters: '分类计数', asOf: '截至', empty: '还没有信用记录',
    entries: '明细', entriesNote: '撤销的记录划去，不再影响分数', at: '时间', points: '分值', class: '类别', reason: '原因', by: '决定人', reversed: '{at} 由{who}撤销', clean: '没有任何记录', entitlements: '等级权限', noCap: '不限', none: '不允许',
    allCategories: '全部品类', papers: '资质', validUntil: '有效期至 {day}', validEver: '长期有效', chart: '信用分变化',
    of: { tipOnce: '单次打赏上限', tipSession: '单场打赏上限', tipDay: '每日打赏上限', tipMonth: '每月打赏上限', audience: '同时在线上限', exposure: '推荐权重', categories: '可售品类' },
  },
  repair: { title: '修复任务', set: '布置修复任务', note: '当事人完成并经核验后，按任务返还分数。', task: '任务', verify: '核验', outcome: '结果', done: '已完成', failed: '未通过' },
  report: {
    filed: '收到', text: '举报内容', contact: '举报人的联系方式', hasContact: '留了联系方式，答复后可见', answer: '答复', answerText: '给举报人的答复', answerHint: '举报人凭回执号可以看到', send: '发出答复', answered: '答复：', empty: '没有符合条件的举报',
  },
  people: {
    title: '人员', add: '新增人员', addNote: '初始密码由系统生成，只显示一次；本人首次登录时须改掉。', shown: '姓名', nameHint: '小写字母和数字，例如 li.ming', role: '角色', body: '单位', bodyHint: '例如 department/samr、platform/alpha', made: '建立',
    totp: '双重验证', totp_keep: '保留', totp_drop: '解除（手机丢失时）', on: '已开启', off: '未开启', active: '启用', disabled: '停用', locked: '锁定至 {at}', newPassword: '重设密码（可不填）', passwordHint: '至少 12 个字符', password: '{who} 的初始密码（只显示这一次）',
    noted: '已记下', empty: '还没有人员',
  },
  token: {
    title: '程序令牌', add: '新增令牌', note: '供程序调用接口。令牌只显示一次。', name: '用途', nameHint: '例如：数据报送', scopes: '权限', until: '有效期至', untilHint: '不填则不过期', by: '建立', used: '最近使用', never: '从未', ever: '不过期', revoke: '吊销',
    revokeNote: '“{name}”立刻失效，不能恢复。', revoked: '{at} 吊销', made: '“{name}”的令牌（只显示这一次）', empty: '还没有令牌',
  },
  audit: { note: '本单位人员与程序的每一次操作，均已存证', who: '操作人，如 person/li', subject: '对象，如 case/17', by: '操作人', act: '操作', on: '对象', text: '说明', empty: '没有符合条件的记录' },
  me: {
    fresh: '这是别人给您设的初始密码，请先改成自己的。', password: '修改密码', old: '原密码', new: '新密码', again: '再输一遍新密码', differs: '两次输入不一致', changed: '密码已修改', totp: '双重验证', totpIsOn: '已开启：登录时除密码外还要输入验证码。',
    totpWhy: '开启后，登录时除密码外还要输入手机验证器上的验证码。', setUp: '开始设置', turnOn: '开启', turnOff: '关闭双重验证', scan: '用手机上的验证器应用扫描这个二维码', byHand: '扫不了？手工输入密钥：', totpOn: '双重验证已开启', totpOff: '双重验证已关闭', until: '本次登录有效至 {at}',
  },
  public: {
    file: '公众举报', status: '举报进度', published: '典型案例', note: '不需要登录，也不必留姓名。您的身份不会告诉被举报人。带 * 的必填。', platform: '哪个平台', platformHint: '平台名称', violation: '什么问题', what: '举报什么', id: '编号或名称',
    idHint: '直播间号、账号或商品编号', text: '经过', textHint: '什么时候、看到或买到了什么、说了什么……', contact: '联系方式（可不填）', contactHint: '只有承办部门看得到', send: '提交举报', thanks: '举报已收到', keep: '请记下回执号，凭它随时查询进度：',
    look: '查询进度', ask: '查询已提交的举报', receipt: '回执号', department: '承办部门', due: '最迟答复日', answer: '答复', nothing: '还没有公开的案例',
  },
};
