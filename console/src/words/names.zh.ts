// Words for what the contracts name by an id. What packs name (measures, grades, tasks) comes from the service in both languages.
export default {
  violation: {
    'fake-traffic': '流量造假', 'data-inflation': '数据注水', 'order-brushing': '刷单', 'fake-review': '虚假评价', 'false-claim': '虚假宣传',
    'absolute-term': '绝对化用语', 'medical-claim': '医疗宣称', 'price-fraud': '价格欺诈', 'substandard-goods': '三无产品', counterfeit: '假冒侵权',
    'unlicensed-goods': '无证商品', 'prohibited-goods': '禁售商品', 'unqualified-host': '主体不合格', 'unlicensed-platform': '平台无证',
    'tipping-breach': '打赏违规', 'minor-protection': '未成年人保护', 'pk-breach': 'PK 违规', 'disclosure-breach': '信息公示',
    'off-platform-diversion': '站外引流', 'illegal-content': '违法内容', 'vulgar-content': '低俗内容', spam: '垃圾信息', 'consumer-rights': '消费者权益',
    'privacy-breach': '个人信息', 'retention-breach': '留存义务', 'duty-overdue': '逾期未履职',
  },
  severity: { critical: '严重', high: '高', medium: '中', low: '低', info: '提示' },
  kind: {
    account: '账号', device: '设备', ip: 'IP 地址', room: '直播间', session: '场次', host: '主播', operator: '运营者', mcn: '机构', merchant: '商家',
    product: '商品', order: '订单', review: '评价', platform: '平台', department: '部门',
  },
  department: {
    cac: '网信办', samr: '市场监管', nrta: '广电', mct: '文化和旅游', mps: '公安', miit: '工信', spc: '法院', 'anti-porn-office': '扫黄打非办', nmpa: '药监',
    sta: '税务', mofcom: '商务', cnipa: '知识产权', tobacco: '烟草专卖', forestry: '林草', customs: '海关', 'civilisation-office': '文明办',
    'finance-regulator': '金融监管', health: '卫生健康', copyright: '版权', association: '行业协会',
  },
  action: {
    warn: '警示', mute: '禁言', delist: '下架', 'freeze-gifts': '冻结打赏', 'limit-traffic': '限流', 'cut-stream': '断播', 'hold-payout': '暂缓结算',
    'require-verification': '要求核验', 'remind-spend': '消费提醒', 'cool-off': '冷静期', 'refund-gift': '退还打赏',
  },
  role: { viewer: '查看', officer: '经办', approver: '审批', administrator: '管理员', auditor: '审计' },
  caseState: {
    open: '待认领', claimed: '办理中', confirmed: '已认定', rejected: '不成立', appealed: '申诉中', upheld: '维持', overturned: '撤销', closed: '已结案',
  },
  measureState: { proposed: '建议', waits: '待审批', 'in-force': '生效', lifted: '已解除', refused: '未批准' },
  appealState: { filed: '待裁决', upheld: '维持原决定', overturned: '撤销原决定' },
  interventionState: {
    asked: '待送达', sent: '已送达', acknowledged: '平台已回执', withdrawn: '已撤回',
  },
  note: { 'by-password-alone': '仅用密码', 'with-a-second-factor': '双重验证', refused: '未通过', on: '已开启', off: '已关闭' },
  effect: { done: '已执行', partly: '部分执行', refused: '未执行' },
  reportState: { received: '已收到', accepted: '已受理', refused: '不予受理', decided: '已处理', told: '已答复' },
  repairState: { set: '进行中', done: '已完成', failed: '未通过', void: '已失效' },
  deadline: {
    'report-acknowledged': '举报受理', 'report-decided': '举报处理', 'report-told': '告知举报人', 'case-claimed': '认领', 'case-decided': '作出认定', 'measure-approved': '审批措施',
    'appeal-filed': '申诉期', 'appeal-decided': '裁决申诉', 'case-published': '公开', 'spot-check-recorded': '抽查记录',
  },
  channel: { hotline: '热线', web: '网页', app: '应用', 'consumer-association': '消协' },
  category: {
    food: '食品', 'food-packaged': '预包装食品', 'food-fresh': '生鲜', 'food-health': '保健食品', 'food-infant': '婴幼儿食品', 'food-special-medical': '特医食品', drug: '药品',
    'drug-otc': '非处方药', 'drug-rx': '处方药', 'medical-device': '医疗器械', 'medical-device-1': '一类器械', 'medical-device-2': '二类器械', 'medical-device-3': '三类器械',
    cosmetics: '化妆品', 'cosmetics-ordinary': '普通化妆品', 'cosmetics-special': '特殊化妆品', apparel: '服饰', home: '家居', electronics: '电子', 'maternal-infant': '母婴',
    jewellery: '珠宝', collectible: '收藏品', alcohol: '酒类', tobacco: '烟草', education: '教育', finance: '金融', travel: '旅游', virtual: '虚拟商品', service: '服务',
    agriculture: '农产品', pet: '宠物', other: '其他',
  },
  paper: {
    business: '营业执照', food: '食品经营许可', drug: '药品经营许可', 'medical-device': '医疗器械注册', cosmetics: '化妆品注册或备案', 'ad-approval': '广告审查批准', brand: '品牌授权',
    identity: '身份核验', 'guardian-consent': '监护人同意', training: '培训', icp: 'ICP 备案', 'public-security': '公安备案', 'profession-medical': '医师资格',
  },
  subject: { person: '人员', token: '令牌', hook: '推送地址', report: '举报', party: '主体', credit: '信用', measure: '措施', appeal: '申诉', repair: '修复任务', session: '场次', intervention: '干预', personal: '个人信息', 'spot-check': '抽查', plan: '事前审核', draw: '抽取', retention: '到期清理' },
  itemKind: { decision: '机器发现', report: '群众举报', inspection: '检查' },
  act: {
    openCase: '立案', claimCase: '认领', releaseCase: '放回', assignCase: '指派', commentCase: '备注', confirmCase: '认定违规', rejectCase: '认定不成立',
    transferCase: '移送', joinCase: '联合办理', joinItem: '并入材料', leaveItem: '撤回材料', publishCase: '公开', closeCase: '结案', imposeMeasure: '作出措施', approveMeasure: '批准措施',
    refuseMeasure: '不批准措施', liftMeasure: '解除措施', fileAppeal: '提出申诉', decideAppeal: '裁决申诉', exportBundle: '导出证据包', login: '登录',
    logout: '退出', changePassword: '修改密码', setTotp: '双重验证', addPerson: '新增人员', changePerson: '修改人员', addToken: '新增令牌', revokeToken: '吊销令牌', addHook: '新增推送地址',
    removeHook: '移除推送地址', setRepair: '布置修复任务', verifyRepair: '核验修复任务', voidRepair: '修复任务失效', answerReport: '答复举报', signPreflight: '签署事前审核', acknowledgeIntervention: '确认干预',
    unsealPersonal: '解封个人信息', exportPersonal: '导出个人信息', deletePersonal: '删除个人信息', drawSpotChecks: '抽取直播间', recordSpotCheck: '记录抽查', escalateCase: '超期上报', remindCase: '到期提醒',
    escalateReport: '举报超期上报', remindReport: '举报到期提醒', fileReport: '举报', retention: '到期清理',
  },
  scope: {
    'events-write': '写入事件', decide: '同步判定', 'rooms-read': '读直播间', 'decisions-read': '读发现', 'parties-read': '读主体', 'credit-read': '读信用', 'cases-read': '读案件',
    'interventions-read': '读干预', 'interventions-write': '确认干预', 'rules-read': '读规则', metrics: '运行指标',
  },
};
