import names from './names.en';
import type zh from './zh';

const en: typeof zh = {
  ...names,
  comma: ', ',
  colon: ': ',
  zone: 'All times are Beijing time (UTC+8)',
  page: {
    login: 'Log in', rooms: 'Rooms', room: 'Room', cases: 'Cases', case: 'Case', credit: 'Credit', party: 'Credit', reports: 'Reports', people: 'People', audit: 'Audit log', me: 'My account',
    'file-report': 'Report', receipt: 'Status of a report', published: 'Typical cases', nowhere: 'No such page', home: '',
  },
  verb: { again: 'Try again', more: 'Show more', left: '{n} more', cancel: 'Cancel', back: 'Back', save: 'Save', change: 'Change', home: 'To the start', yes: 'yes', no: 'no' },
  ask: { missing: 'Please fill this in', choose: 'Choose', ctrlEnter: 'Ctrl + Enter sends', copy: 'Copy', copied: 'Copied' },
  live: { connecting: 'Connecting', live: 'Live', lost: 'Connection lost, trying again' },
  who: { me: 'me', machine: 'the machine', public: 'the public', token: 'program {n}' },
  known: { S: 'statute read', N: 'press or secondary page', T: 'digest', M: 'not verified' },
  mode: { enforce: 'Enforced', shadow: 'Shadow (recorded only, without consequence)' },
  moment: { session: 'Broadcast', decision: 'Finding', intervention: 'Platform asked', case: 'Case opened', report: 'Report', inspection: 'Inspection' },
  method: { 'spot-check': 'Spot check', undercover: 'Undercover', 'sampling-test': 'Sampling test' },
  filter: { platform: 'Platform', severity: 'Severity', atLeast: 'At least', violation: 'Violation', state: 'State', none: 'None is like that' },
  keys: {
    title: 'Keyboard', move: 'Move in a list (arrows do too)', open: 'Open the marked row', search: 'Go to the search field', claim: 'Claim the case', send: 'Send a dialog', leave: 'Leave a field; back to the list',
  },
  login: {
    title: 'Livewarden', name: 'User name', password: 'Password', code: 'Six-digit code', enter: 'Log in', out: 'Log out', second: '{name}, enter the code that your authenticator shows.', again: 'The session has ended: please log in again.',
  },
  due: { left: '{n} working day left | {n} working days left', today: 'Due today', over: '{n} working day overdue | {n} working days overdue', overToday: 'Just overdue' },
  trouble: {
    0: 'The service cannot be reached: check the network and try again', 400: 'Something here is not right', 401: 'Wrong name, password or code', 403: 'Your role may not do this', 404: 'Not there, or not your body’s', 409: 'Not done: the state has changed, or somebody was quicker',
    413: 'Too large', 415: 'Not a form that is taken', 429: 'Too often: try again later', 500: 'The service failed; it is on record', 503: 'The service is away for the moment', other: 'Not done',
  },
  rooms: {
    title: 'On air', all: 'All rooms', ended: 'Off air too', sum: '{rooms} rooms · {risky} with findings · {online} viewers · sales {gross} · tips {tips}', risky: 'With findings only', search: 'Room, host, operator', risk: 'Risk', by: 'Host and operator', findings: 'Findings',
    online: 'Viewers', gross: 'Sales', tips: 'Tips', onAir: 'On air for', none: 'none', others: 'for other departments', empty: 'No room is on air. “Off air too” shows earlier ones.',
  },
  room: {
    name: 'Room {room} · {platform}', onAir: 'On air', off: 'Off air', lasted: 'Lasted', peak: 'Most viewers', started: 'Started', chart: 'Viewers and findings', pick: 'Click a finding to open it below', timeline: 'Timeline', empty: 'Nothing was found in this broadcast', others: 'What was found in this broadcast is for other departments',
  },
  finding: {
    rule: 'Rule', target: 'Target', liable: 'Answers for it', seen: 'What it saw', words: 'Words', basis: 'Legal basis', article: ', Art. {n}', actions: 'Proposed actions', lead: 'Departments', assist: ' leads, {who} assist', mode: 'Mode', score: 'score',
    events: 'Events behind it', trigger: 'the trigger', proof: 'Evidence', prove: 'Show the proof', notYet: 'Not in the evidence tree yet, or not for this body', leaf: 'Leaf {n} of {size} in the evidence tree; its checkpoint:', case: 'Case',
  },
  cases: {
    tab: { mine: 'Mine', unclaimed: 'To claim', led: 'My department', helping: 'Helping', overdue: 'Overdue', all: 'All' },
    none: {
      mine: 'You hold no case. Claim one under “To claim”.', unclaimed: 'Nothing waits to be claimed.', led: 'No such case.', helping: 'No case needs your help.', overdue: 'Nothing is overdue.', all: 'No such case.',
    },
    case: 'Case', liable: 'Party, as host/h1', new: 'Open a case', newNote: 'For what a spot check, an undercover visit or a sampling test found. It joins the undecided case of the same party, violation and broadcast, if there is one.', open: 'Open', method: 'How it was found',
    liableKind: 'Kind of party', liableId: 'Id of the party', room: 'Room (optional)', found: 'What was found', handedIn: 'Added to a case of another department, as {ref}',
  },
  case: {
    name: 'Case {id}', due: 'Deadline', lead: 'Lead', owner: 'Held by', nobody: 'nobody yet', opened: 'Opened', ground: 'Rests on', helped: ' {who} help', escalated: 'Escalated', joint: 'joint with case {id}', credit: 'credit {score}, {grade}',
    count: { decisions: 'findings {n}', reports: 'reports {n}', inspections: 'checks {n}' }, outcome: 'Decided', published: 'Published', same: 'Confirmed before', sameNote: 'one act is not punished twice', items: 'Facts and evidence', noItems: 'It rests on nothing yet', someItems: 'the last {shown} of {total}', noText: '(no text)', history: 'History', appeals: 'Appeals', interventions: 'Asked of the platform',
    next: 'Next', claim: 'Claim', release: 'Release', releaseNote: 'The case waits to be claimed again by a colleague.', assign: 'Assign', assignTo: 'Assign to (user name)', assignHint: 'User name of a colleague', comment: 'Comment', commentText: 'For colleagues',
    commentNote: 'Seen by departments alone, not by platforms or parties.', confirm: 'Confirm', confirmNote: 'Takes credit as the policy says; the party may appeal.', reject: 'Reject', rejectNote: 'The case ends without a violation, and the rule’s precision counts it.',
    reason: 'Reason', remark: 'Remark (optional)', transfer: 'Transfer', transferTo: 'To', transferNote: 'The other department leads from then on.', join: 'Joint case', joinNote: 'Ask departments to help, or handle it together with another case.', joinHow: 'How',
    joinBy: { assist: 'Departments help', joint: 'With a case' }, joinDepartments: 'Departments', joinCase: 'Number of the case', publish: 'Publish', publishText: 'Text for the public', publishNote: 'Anybody can read it. Write no names, accounts or other personal data.',
    close: 'Close', closeNote: 'Nothing changes after that. Not while it may still be appealed.', appeal: 'Appeal for the party', appealText: 'The appeal', decideAppeal: 'Decide the appeal', appealOutcome: 'The decision is', appealReason: 'Decided by {who}: ', bundle: 'Export bundle',
    quicker: 'Somebody was quicker: {who} at {at} ({what}). The case is up to date now and your text is still here: check and send again.',
    step: {
      open: 'Nobody has this case. An officer of the lead department may claim it.', claimed: 'A colleague has it.', claimedMine: 'Check facts and evidence, then decide.', confirmed: 'Confirmed. Measures may be imposed; the party may appeal in time.',
      waits: 'A grave measure waits for a second person.', rejected: 'Rejected; it may be closed.', appealed: 'Appealed: an approver who did not decide it decides now.', upheld: 'Upheld after appeal; go on, or close.', overturned: 'Overturned, and undone everywhere; it may be closed.', closed: 'Closed.',
    },
  },
  measure: {
    title: 'Measures', ladder: 'Ladder of measures', impose: 'Impose a measure', kind: 'Measure', amount: 'Amount (yuan)', until: 'Until', untilHint: 'Without end if empty', untilDay: 'until {day}', note: 'In your name. A grave one takes force once another person approved it.',
    proposed: 'proposed', grave: 'needs approval', done: 'imposed', fill: 'Use', actions: 'Proposed to ask of the platform', approve: 'Approve', approveNote: '{who} imposed: {what}. It takes force at once.', refuse: 'Refuse', takeBack: 'Take back', lift: 'Lift', approvedBy: 'approved by {who}', liftedAt: 'lifted {at}',
  },
  credit: {
    lowest: 'lowest score first', kind: 'Kind', grade: 'Grade', search: 'Find an id or a name', found: 'Found', enter: 'Enter searches; no result means no such party.', score: 'Score', party: 'Party', counters: 'Counters', asOf: 'As of', empty: 'No credit yet',
    entries: 'Entries', entriesNote: 'reversed ones are struck through and count no more', at: 'At', points: 'Points', class: 'Class', reason: 'Reason', by: 'Decided by', reversed: 'Reversed {at} by {who}', clean: 'No entries', entitlements: 'What the grade entitles to', noCap: 'no cap', none: 'none',
    allCategories: 'all goods', papers: 'Papers', validUntil: 'valid until {day}', validEver: 'without end', chart: 'Score over time',
    of: { tipOnce: 'One tip', tipSession: 'Tips a broadcast', tipDay: 'Tips a day', tipMonth: 'Tips a month', audience: 'Viewers at once', exposure: 'Exposure', categories: 'Goods' },
  },
  repair: { title: 'Repair tasks', set: 'Set a repair task', note: 'Once done and verified it gives points back.', task: 'Task', verify: 'Verify', outcome: 'Outcome', done: 'Done', failed: 'Failed' },
  report: {
    filed: 'Filed', text: 'Report', contact: 'How to reach the reporter', hasContact: 'left a contact, told to whoever answers', answer: 'Answer', answerText: 'Answer to the reporter', answerHint: 'The reporter reads it by the receipt', send: 'Send', answered: 'Answer: ', empty: 'No such report',
  },
  people: {
    title: 'People', add: 'Add a person', addNote: 'The first password is made here and shown once; it has to be changed at the first login.', shown: 'Name', nameHint: 'a-z and digits, as li.ming', role: 'Role', body: 'Body', bodyHint: 'as department/samr, platform/alpha', made: 'Since',
    totp: 'Second factor', totp_keep: 'Keep', totp_drop: 'Turn off (phone lost)', on: 'on', off: 'off', active: 'Active', disabled: 'Disabled', locked: 'locked until {at}', newPassword: 'New password (optional)', passwordHint: 'At least 12 characters', password: 'First password of {who} (shown this once)',
    noted: 'Noted', empty: 'Nobody yet',
  },
  token: {
    title: 'Tokens of programs', add: 'Make a token', note: 'For programs that call the API. It is shown once.', name: 'Purpose', nameHint: 'as: event feed', scopes: 'Scopes', until: 'Until', untilHint: 'Without end if empty', by: 'Made', used: 'Last used', never: 'never', ever: 'without end', revoke: 'Revoke',
    revokeNote: '“{name}” stops working at once, for good.', revoked: 'revoked {at}', made: 'Token “{name}” (shown this once)', empty: 'No tokens yet',
  },
  audit: { note: 'every act of this body’s people and programs, kept as evidence', who: 'By, as person/li', subject: 'On, as case/17', by: 'By', act: 'Act', on: 'On', text: 'Text', empty: 'No such acts' },
  me: {
    fresh: 'This password was made for you: please set your own first.', password: 'Change password', old: 'Old password', new: 'New password', again: 'New password again', differs: 'The two differ', changed: 'Password changed', totp: 'Second factor', totpIsOn: 'On: a login asks for a code besides the password.',
    totpWhy: 'When on, a login asks for a code of your phone’s authenticator besides the password.', setUp: 'Set up', turnOn: 'Turn on', turnOff: 'Turn off', scan: 'Scan this with the authenticator on your phone', byHand: 'Cannot scan? Type the secret:', totpOn: 'Second factor is on', totpOff: 'Second factor is off', until: 'Logged in until {at}',
  },
  public: {
    file: 'Report something', status: 'Status of a report', published: 'Typical cases', note: 'No login, no name needed. Whoever is reported does not learn who you are. Fields with * are required.', platform: 'Which platform', platformHint: 'Name of the platform', violation: 'What is wrong', what: 'What you report', id: 'Its id or name',
    idHint: 'Number of the room, account or product', text: 'What happened', textHint: 'When, what you saw or bought, what was said …', contact: 'Contact (optional)', contactHint: 'Seen by the department in charge alone', send: 'Send', thanks: 'The report is filed', keep: 'Keep this receipt: it shows how the report stands.',
    look: 'See how it stands', ask: 'A report that was filed', receipt: 'Receipt', department: 'Department', due: 'Answer due by', answer: 'Answer', nothing: 'No cases published yet',
  },
};
export default en;
