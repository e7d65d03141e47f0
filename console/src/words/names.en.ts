import type zh from './names.zh';

const names: typeof zh = {
  violation: {
    'fake-traffic': 'Fake traffic', 'data-inflation': 'Inflated figures', 'order-brushing': 'Order brushing', 'fake-review': 'Fake review', 'false-claim': 'False claim',
    'absolute-term': 'Absolute term', 'medical-claim': 'Medical claim', 'price-fraud': 'Price fraud', 'substandard-goods': 'Substandard goods', counterfeit: 'Counterfeit',
    'unlicensed-goods': 'Unlicensed goods', 'prohibited-goods': 'Prohibited goods', 'unqualified-host': 'Unqualified host', 'unlicensed-platform': 'Unlicensed platform',
    'tipping-breach': 'Tipping breach', 'minor-protection': 'Protection of minors', 'pk-breach': 'PK breach', 'disclosure-breach': 'Missing disclosure',
    'off-platform-diversion': 'Off-platform diversion', 'illegal-content': 'Illegal content', 'vulgar-content': 'Vulgar content', spam: 'Spam', 'consumer-rights': 'Consumer rights',
    'privacy-breach': 'Privacy breach', 'retention-breach': 'Retention breach', 'duty-overdue': 'Duty overdue',
  },
  severity: { critical: 'Critical', high: 'High', medium: 'Medium', low: 'Low', info: 'Info' },
  kind: {
    account: 'Account', device: 'Device', ip: 'IP address', room: 'Room', session: 'Session', host: 'Host', operator: 'Operator', mcn: 'Agency', merchant: 'Merchant',
    product: 'Product', order: 'Order', review: 'Review', platform: 'Platform', department: 'Department',
  },
  department: {
    cac: 'Cyberspace', samr: 'Market regulation', nrta: 'Radio & TV', mct: 'Culture & tourism', mps: 'Public security', miit: 'Industry & IT', spc: 'Courts',
    'anti-porn-office': 'Anti-pornography office', nmpa: 'Medical products', sta: 'Tax', mofcom: 'Commerce', cnipa: 'Intellectual property', tobacco: 'Tobacco', forestry: 'Forestry',
    customs: 'Customs', 'civilisation-office': 'Civilisation office', 'finance-regulator': 'Financial regulation', health: 'Health', copyright: 'Copyright', association: 'Association',
  },
  action: {
    warn: 'Warn', mute: 'Mute', delist: 'Delist', 'freeze-gifts': 'Freeze gifts', 'limit-traffic': 'Limit traffic', 'cut-stream': 'Cut the stream', 'hold-payout': 'Hold payout',
    'require-verification': 'Require verification', 'remind-spend': 'Remind of spending', 'cool-off': 'Cool off', 'refund-gift': 'Refund gift',
  },
  role: { viewer: 'Viewer', officer: 'Officer', approver: 'Approver', administrator: 'Administrator', auditor: 'Auditor' },
  caseState: {
    open: 'Open', claimed: 'In work', confirmed: 'Confirmed', rejected: 'Rejected', appealed: 'Appealed', upheld: 'Upheld', overturned: 'Overturned', closed: 'Closed',
  },
  measureState: { proposed: 'Proposed', waits: 'Waits for approval', 'in-force': 'In force', lifted: 'Lifted', refused: 'Refused' },
  appealState: { filed: 'To be decided', upheld: 'Decision upheld', overturned: 'Decision overturned' },
  interventionState: {
    asked: 'To be delivered', sent: 'Delivered', acknowledged: 'Acknowledged', withdrawn: 'Withdrawn',
  },
  note: { 'by-password-alone': 'by password alone', 'with-a-second-factor': 'with a second factor', refused: 'refused', on: 'on', off: 'off' },
  effect: { done: 'done', partly: 'partly done', refused: 'not done' },
  reportState: { received: 'Received', accepted: 'Accepted', refused: 'Not accepted', decided: 'Decided', told: 'Answered' },
  repairState: { set: 'Under way', done: 'Done', failed: 'Failed', void: 'Void' },
  deadline: {
    'report-acknowledged': 'accept the report', 'report-decided': 'decide the report', 'report-told': 'tell the reporter', 'case-claimed': 'claim', 'case-decided': 'decide', 'measure-approved': 'approve the measure',
    'appeal-filed': 'time to appeal', 'appeal-decided': 'decide the appeal', 'case-published': 'publish', 'spot-check-recorded': 'record the check',
  },
  channel: { hotline: 'Hotline', web: 'Web', app: 'App', 'consumer-association': 'Consumer association' },
  category: {
    food: 'food', 'food-packaged': 'packaged food', 'food-fresh': 'fresh food', 'food-health': 'health food', 'food-infant': 'infant food', 'food-special-medical': 'special medical food', drug: 'drugs',
    'drug-otc': 'over-the-counter drugs', 'drug-rx': 'prescription drugs', 'medical-device': 'medical devices', 'medical-device-1': 'devices class 1', 'medical-device-2': 'devices class 2', 'medical-device-3': 'devices class 3',
    cosmetics: 'cosmetics', 'cosmetics-ordinary': 'ordinary cosmetics', 'cosmetics-special': 'special cosmetics', apparel: 'apparel', home: 'home', electronics: 'electronics', 'maternal-infant': 'mother and infant',
    jewellery: 'jewellery', collectible: 'collectibles', alcohol: 'alcohol', tobacco: 'tobacco', education: 'education', finance: 'finance', travel: 'travel', virtual: 'virtual goods', service: 'services',
    agriculture: 'farm produce', pet: 'pets', other: 'other',
  },
  paper: {
    business: 'Business licence', food: 'Food licence', drug: 'Drug licence', 'medical-device': 'Device registration', cosmetics: 'Cosmetics registration', 'ad-approval': 'Approval of the advertisement', brand: 'Authorisation by the brand',
    identity: 'Identity check', 'guardian-consent': 'Guardian’s consent', training: 'Training', icp: 'ICP filing', 'public-security': 'Public-security filing', 'profession-medical': 'Physician’s licence',
  },
  subject: { person: 'Person', token: 'Token', hook: 'Hook', report: 'Report', party: 'Party', credit: 'Credit', measure: 'Measure', appeal: 'Appeal', repair: 'Repair', session: 'Session', intervention: 'Intervention', personal: 'Personal data', 'spot-check': 'Spot check', plan: 'Review', draw: 'Draw', retention: 'Retention' },
  itemKind: { decision: 'Finding', report: 'Report', inspection: 'Inspection' },
  act: {
    openCase: 'Opened', claimCase: 'Claimed', releaseCase: 'Released', assignCase: 'Assigned', commentCase: 'Comment', confirmCase: 'Confirmed', rejectCase: 'Rejected',
    transferCase: 'Transferred', joinCase: 'Joined', joinItem: 'Facts added', leaveItem: 'Facts taken back', publishCase: 'Published', closeCase: 'Closed', imposeMeasure: 'Measure imposed', approveMeasure: 'Measure approved',
    refuseMeasure: 'Measure refused', liftMeasure: 'Measure lifted', fileAppeal: 'Appeal filed', decideAppeal: 'Appeal decided', exportBundle: 'Bundle exported', login: 'Logged in',
    logout: 'Logged out', changePassword: 'Password changed', setTotp: 'Second factor', addPerson: 'Person added', changePerson: 'Person changed', addToken: 'Token made', revokeToken: 'Token revoked', addHook: 'Hook added',
    removeHook: 'Hook removed', setRepair: 'Repair set', verifyRepair: 'Repair verified', voidRepair: 'Repair void', answerReport: 'Report answered', signPreflight: 'Preflight signed', acknowledgeIntervention: 'Intervention acknowledged',
    unsealPersonal: 'Personal data unsealed', exportPersonal: 'Personal data exported', deletePersonal: 'Personal data deleted', drawSpotChecks: 'Rooms drawn', recordSpotCheck: 'Spot check recorded', escalateCase: 'Escalated', remindCase: 'Reminded',
    escalateReport: 'Report escalated', remindReport: 'Reminded of the report', fileReport: 'Reported', retention: 'Deleted at its term',
  },
  scope: {
    'events-write': 'Write events', decide: 'Decide', 'rooms-read': 'Read rooms', 'decisions-read': 'Read findings', 'parties-read': 'Read parties', 'credit-read': 'Read credit', 'cases-read': 'Read cases',
    'interventions-read': 'Read interventions', 'interventions-write': 'Acknowledge interventions', 'rules-read': 'Read rules', metrics: 'Metrics',
  },
};
export default names;
