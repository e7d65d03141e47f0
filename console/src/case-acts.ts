// What one may do in a case as it stands, and how it is done. Who may do what at all stands in the API's document; what depends on the
// case (whose it is, how far it came) is asked here. The service has the last word.
import type { Ref } from 'vue';
import { api, ok, Refused, type Schemas } from './api/client';
import { ask, given, text, type Field } from './ask';
import { departments, measures } from './choices';
import { isOverdue } from './days';
import { holder, isMe } from './names';
import { isGrave, measureName } from './policy';
import { department, may, me } from './session';
import { when } from './show';
import { i18n, nameOf } from './words';

export type CaseFile = Schemas['CaseFile'];
type Measure = Schemas['Measure'];
type Answer = Promise<{ data?: CaseFile; error?: unknown; response: Response }>;
const { t } = i18n.global;

export function allowed(it: CaseFile) {
  const lead = it.lead === department.value;
  const helps = it.assist.includes(department.value);
  const mine = isMe(it.owner);
  const approver = me.value?.role === 'approver';
  const appealable = it.state === 'confirmed' && !!it.due && !isOverdue(it.due);
  const undecided = ['open', 'claimed'].includes(it.state);
  const stands = ['confirmed', 'upheld'].includes(it.state);
  const party = it.liable && me.value?.body === (it.liable.kind === 'platform' ? `platform/${it.liable.id}` : `${it.liable.kind}/${it.platform}/${it.liable.id}`);
  return {
    claim: may('claimCase') && lead && it.state === 'open',
    release: may('releaseCase') && it.state === 'claimed' && (mine || (lead && approver)),
    assign: may('assignCase') && lead && undecided,
    comment: may('commentCase') && (lead || helps),
    decide: may('confirmCase') && it.state === 'claimed' && mine,
    transfer: may('transferCase') && lead && undecided && (!it.owner || mine || approver),
    join: may('joinCase') && lead && it.state !== 'closed',
    impose: may('imposeMeasure') && lead && stands,
    request: may('imposeMeasure') && lead && (stands || (mine && it.state === 'claimed')),  // an action of the platform
    approve: (measure: Measure) => may('approveMeasure') && lead && measure.state === 'waits' && !isMe(measure.imposed_by),
    refuse: (measure: Measure) => lead && measure.state === 'waits' && may('refuseMeasure') && (approver || isMe(measure.imposed_by)),
    lift: (measure: Measure) => may('liftMeasure') && lead && measure.state === 'in-force' && (approver || !isGrave(measure.kind)),
    appeal: may('fileAppeal') && (lead || party) && appealable,
    decideAppeal: may('decideAppeal') && lead && it.state === 'appealed' && !isMe(it.decided_by) && !it.appeals.some((appeal) => isMe(appeal.by_whom)),
    publish: may('publishCase') && lead && it.outcome === 'confirmed' && !it.published && ['confirmed', 'upheld', 'closed'].includes(it.state),
    close: may('closeCase') && lead && ['confirmed', 'rejected', 'upheld', 'overturned'].includes(it.state) && !appealable && !it.measures.some((measure) => measure.state === 'waits'),
    bundle: may('exportBundle') && (lead || helps),
  };
}

// `it` is replaced by what each act answers. After a conflict it is read again, and the dialog says what happened meanwhile.
export function useActs(it: Ref<CaseFile | undefined>, read: () => Promise<void>) {
  const path = () => ({ path: { id: it.value!.id } });

  async function run(call: (version: number) => Answer) {
    const before = it.value!.version;
    try {
      it.value = await ok(call(before));
    } catch (refused) {
      if (!(refused instanceof Refused) || refused.status !== 409) throw refused;
      await read();
      if (it.value!.version === before) throw refused;
      const last = it.value!.acts.at(-1);
      throw new Refused(409, last ? t('case.quicker', { who: holder(last.who), what: nameOf('act', last.act), at: when(last.at) }) : refused.message);
    }
  }
  const reasoned = (title: string, label: string, call: (body: { version: number; text: string }) => Answer, more: { note?: string; danger?: boolean; verb?: string; value?: string } = {}) =>
    ask({
      title,
      note: more.note,
      danger: more.danger,
      verb: more.verb ?? title,
      fields: [{ name: 'text', label, kind: 'text', required: true, value: more.value }],
      send: (values) => run((version) => call({ version, text: text(values, 'text') })),
    });
  const plain = (title: string, note: string, call: (body: { version: number }) => Answer) =>
    ask({ title, note, verb: title, fields: [], send: () => run((version) => call({ version })) });

  return {
    claim: () => run((version) => api.POST('/v1/cases/{id}/claim', { params: path(), body: { version } })),
    release: () => plain(t('case.release'), t('case.releaseNote'), (body) => api.POST('/v1/cases/{id}/release', { params: path(), body })),
    close: () => plain(t('case.close'), t('case.closeNote'), (body) => api.POST('/v1/cases/{id}/close', { params: path(), body })),
    comment: () => reasoned(t('case.comment'), t('case.commentText'), (body) => api.POST('/v1/cases/{id}/comment', { params: path(), body: { text: body.text } }), { note: t('case.commentNote') }),
    confirm: () => reasoned(t('case.confirm'), t('case.reason'), (body) => api.POST('/v1/cases/{id}/confirm', { params: path(), body }), { note: t('case.confirmNote') }),
    reject: () => reasoned(t('case.reject'), t('case.reason'), (body) => api.POST('/v1/cases/{id}/reject', { params: path(), body }), { note: t('case.rejectNote') }),
    appeal: () => reasoned(t('case.appeal'), t('case.appealText'), (body) => api.POST('/v1/cases/{id}/appeals', { params: path(), body })),
    publish: () => reasoned(t('case.publish'), t('case.publishText'), (body) => api.POST('/v1/cases/{id}/publish', { params: path(), body }), { note: t('case.publishNote'), danger: true }),
    refuse: (id: number) => reasoned(t('measure.refuse'), t('case.reason'), (body) => api.POST('/v1/measures/{id}/refuse', { params: { path: { id } }, body })),
    lift: (id: number) => reasoned(t('measure.lift'), t('case.reason'), (body) => api.POST('/v1/measures/{id}/lift', { params: { path: { id } }, body })),
    approve: (measure: Measure) =>
      plain(t('measure.approve'), t('measure.approveNote', { what: measureName(measure.kind), who: holder(measure.imposed_by) }), (body) =>
        api.POST('/v1/measures/{id}/approve', { params: { path: { id: measure.id } }, body }),
      ),
    assign: () =>
      ask({
        title: t('case.assign'),
        verb: t('case.assign'),
        fields: [
          { name: 'owner', label: t('case.assignTo'), kind: 'line', required: true, hint: t('case.assignHint') },
          { name: 'text', label: t('case.remark'), kind: 'text' },
        ],
        send: (values) => run((version) => api.POST('/v1/cases/{id}/assign', { params: path(), body: { version, owner: text(values, 'owner'), text: given(values, 'text') } })),
      }),
    transfer: () =>
      ask({
        title: t('case.transfer'),
        note: t('case.transferNote'),
        verb: t('case.transfer'),
        fields: [
          { name: 'lead', label: t('case.transferTo'), kind: 'choice', required: true, options: departments([department.value]) },
          { name: 'text', label: t('case.reason'), kind: 'text', required: true },
        ],
        send: (values) => run((version) => api.POST('/v1/cases/{id}/transfer', { params: path(), body: { version, lead: text(values, 'lead'), text: text(values, 'text') } })),
      }),
    join: () =>
      ask({
        title: t('case.join'),
        note: t('case.joinNote'),
        verb: t('case.join'),
        fields: [
          { name: 'how', label: t('case.joinHow'), kind: 'radio', value: 'assist', options: ['assist', 'joint'].map((how) => ({ value: how, label: t(`case.joinBy.${how}`) })) },
          { name: 'assist', label: t('case.joinDepartments'), kind: 'choices', required: true, options: departments([it.value!.lead, ...it.value!.assist]), when: (v) => v.how === 'assist' },
          { name: 'joint', label: t('case.joinCase'), kind: 'whole', required: true, when: (v) => v.how === 'joint' },
          { name: 'text', label: t('case.reason'), kind: 'text', required: true },
        ],
        send: (values) =>
          run((version) => {
            const whom = values.how === 'assist' ? { assist: values.assist as string[] } : { joint: Number(values.joint) };
            return api.POST('/v1/cases/{id}/join', { params: path(), body: { version, text: text(values, 'text'), ...whom } });
          }),
      }),
    decideAppeal: (appeal: Schemas['Appeal']) =>
      ask({
        title: t('case.decideAppeal'),
        note: appeal.text,
        verb: t('case.decideAppeal'),
        fields: [
          { name: 'outcome', label: t('case.appealOutcome'), kind: 'radio', required: true, options: ['upheld', 'overturned'].map((o) => ({ value: o, label: nameOf('appealState', o) })) },
          { name: 'text', label: t('case.reason'), kind: 'text', required: true },
        ],
        send: (values) =>
          run((version) =>
            api.POST('/v1/appeals/{id}/decide', { params: { path: { id: appeal.id } }, body: { version, outcome: text(values, 'outcome') as 'upheld', text: text(values, 'text') } }),
          ),
      }),
    impose: (kind = '') => imposeDialog(it.value!, kind, (body) => run((version) => api.POST('/v1/cases/{id}/measures', { params: path(), body: { version, ...body } }))),
  };
}

type Imposed = { kind: string; text: string; amount?: number; until?: string; target?: Schemas['Entity'] };
// A measure of the ladder, or an action that the case proposes against its target.
function imposeDialog(it: CaseFile, kind: string, send: (body: Imposed) => Promise<void>) {
  const proposed = new Set(it.proposals.map((proposal) => proposal.kind));
  // Before a case is decided, whoever holds it may ask the platform, and no more.
  const ladder = allowed(it).impose ? measures(department.value) : [];
  const actions = it.proposals.filter((proposal) => proposal.of === 'action');
  const note = (grave: boolean, id: string) => [proposed.has(id) ? t('measure.proposed') : '', grave ? t('measure.grave') : ''].filter(Boolean).join(' · ');
  const fields: Field[] = [
    {
      name: 'kind',
      label: t('measure.kind'),
      kind: 'choice',
      required: true,
      value: kind,
      options: [
        ...ladder.map((measure) => ({ value: measure.id, label: measure.label, note: note(measure.grave, measure.id) })),
        ...actions.map((action) => ({ value: action.kind, label: nameOf('action', action.kind), note: action.target ? `${nameOf('kind', action.target.kind)} ${action.target.id}` : '' })),
      ],
    },
    { name: 'amount', label: t('measure.amount'), kind: 'yuan', required: true, when: (values) => values.kind === 'fine' },
    { name: 'until', label: t('measure.until'), kind: 'day', hint: t('measure.untilHint'), when: (values) => ['rectification', 'suspension', 'blacklist'].includes(String(values.kind)) },
    { name: 'text', label: t('case.reason'), kind: 'text', required: true },
  ];
  ask({
    title: t('measure.impose'),
    note: t('measure.note'),
    verb: t('measure.impose'),
    fields,
    danger: ladder.some((measure) => measure.id === kind && measure.grave),
    send: (values) => {
      const action = actions.find((one) => one.kind === values.kind);
      const until = given(values, 'until');
      return send({
        kind: text(values, 'kind'),
        text: text(values, 'text'),
        amount: values.kind === 'fine' && values.amount != null ? Math.round(Number(values.amount) * 100) : undefined,
        until: until && `${until}T23:59:59+08:00`,
        target: action?.target,
      });
    },
  });
}
