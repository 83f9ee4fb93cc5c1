import type { Statement } from '#guide/register.ts'
import type { RunResults, ScenarioResult } from '../results.ts'

const passed: ScenarioResult = {
  title: 'Alice calls Carol',
  feature: 'Unified CM calls',
  rule: 'A call from outside reaches an inside phone',
  uri: 'features/calls.feature',
  line: 12,
  ids: ['OVW-01', 'OVW-02'],
  tags: ['@OVW-01', '@OVW-02'],
  result: 'passed',
  milliseconds: 1_234.5,
  steps: [{ text: 'Alice calls 1003', result: 'passed', milliseconds: 1_000 }],
  evidence: 'evidence/01-alice-calls-carol',
  records: [
    { message: 14, frame: 203, host: 'cucm1', shows: 'SIP INVITE sip:1003@example.com, vcsc1 → cucm1' },
    { host: 'vcsc1', shows: 'its search history names the zone' },
  ],
  again: 'npx mra test features/calls.feature:12',
}

/** One scenario of each result, with texts that need escaping. */
export const scenarios = {
  passed,
  failed: {
    ...passed,
    title: 'VCS returns "407" & the call <fails>',
    line: 20,
    ids: ['TRB-407-01'],
    result: 'failed',
    milliseconds: 980,
    evidence: 'evidence/02-failed',
    records: [],
    problem: [
      'at "Then Carol hears Alice": no tone of Alice at Carol',
      '',
      'expected: a tone of 440 Hz at Carol',
      'actual: silence for 2000 ms',
      'likely cause: the traversal zone checks credentials',
      'remedy: set Authentication policy to "Do not check credentials" on both traversal zones',
      '    at LabWorld.<anonymous> (features/steps/calls.ts:3:1)',
      'Proxy-Authorization: Digest username="alice", response="0123456789abcdef"',
    ].join('\n'),
    steps: [
      { text: 'When Alice calls 1003', result: 'passed', milliseconds: 300 },
      { text: 'Then Carol hears Alice', result: 'failed', milliseconds: 680 },
    ],
    again: 'npx mra test features/calls.feature:20',
  },
  unsupported: {
    ...passed,
    title: 'A capture equals that of tcpdump',
    feature: 'Evidence',
    uri: 'features/evidence.feature',
    line: 3,
    ids: ['DIAG-01'],
    result: 'unsupported',
    milliseconds: 2,
    problem: 'needs tcpdump',
    records: [],
  },
  'not run': {
    ...passed,
    title: 'A scenario that was skipped',
    feature: 'Evidence',
    uri: 'features/evidence.feature',
    line: 9,
    ids: [],
    result: 'not run',
    milliseconds: 1,
    records: [],
  },
  'harness error': {
    ...passed,
    title: 'A port was taken',
    line: 33,
    ids: ['OVW-03'],
    result: 'harness error',
    milliseconds: 15,
    records: [],
    problem: 'cannot listen on 127.1.2.10:5061 for SIP: EADDRINUSE\u0007',
  },
} as const satisfies Record<string, ScenarioResult>

/** Without the evidence that is not on disk. */
function bare({ evidence: _evidence, ...scenario }: ScenarioResult): ScenarioResult {
  return scenario
}

export const results: RunResults = {
  run: {
    seed: '7',
    order: 'random',
    placement: 'inline',
    startedAt: '2026-01-01T00:00:00.000Z',
    milliseconds: 4_321,
    node: 'v24.0.0',
  },
  scenarios: [
    scenarios.passed,
    scenarios.failed,
    bare(scenarios.unsupported),
    bare(scenarios['not run']),
    bare(scenarios['harness error']),
  ],
}

const statement = { section: 'Mobile and remote access', kind: 'behaviour', observe: '', verdict: 'open' } as const

export const statements: Statement[] = [
  { ...statement, id: 'OVW-01', statement: 'A Jabber endpoint outside registers to CUCM, not to a VCS.' },
  { ...statement, id: 'OVW-02', statement: 'CUCM performs call control for mobile endpoints | as for others.' },
  { ...statement, id: 'OVW-03', statement: 'Outside endpoints receive their configuration from CUCM.' },
  { ...statement, id: 'OVW-04', statement: 'Outside clients get instant messages.' },
  {
    ...statement,
    id: 'OVW-05',
    statement: 'The figure shows a deployment.',
    verdict: 'documentation',
    reason: 'a figure',
  },
  {
    ...statement,
    id: 'TRB-407-01',
    section: 'Call issues',
    statement:
      'A call fails with 407 Proxy Authentication Required where the traversal zones on VCS Expressway and VCS Control check credentials.',
  },
  { ...statement, id: 'DIAG-01', section: 'Diagnostics', statement: 'Diagnostic logging takes a tcpdump.' },
]

/**
 * Lines of the failed scenario's `messages.jsonl`: a refusal while the deployment came up, an answered challenge, and
 * the refusal the second step is about.
 */
export const failedMessages: string = [
  { from: 'vcse1', to: 'vcsc1', summary: '401 Unauthorized (OPTIONS)', milliseconds: -80, isRefusal: true },
  { from: 'alice', to: 'vcse1', summary: 'INVITE sip:1003@example.com', step: 1 },
  { from: 'vcse1', to: 'alice', summary: '407 Proxy Authentication Required (INVITE)', step: 1 },
  { from: 'alice', to: 'vcse1', summary: 'INVITE sip:1003@example.com', step: 1 },
  { from: 'vcse1', to: 'vcsc1', summary: 'INVITE sip:1003@example.com', step: 1 },
  { from: 'vcsc1', to: 'vcse1', summary: '407 Proxy Authentication Required (INVITE)', step: 2, isRefusal: true },
  { from: 'vcsc1', to: 'intdns', protocol: 'DNS', summary: 'A cucm1.example.com', step: 2 },
  { from: 'vcse1', to: 'vcsc1', summary: 'ACK sip:1003@example.com', step: 2 },
  { from: 'vcse1', to: 'alice', summary: '200 OK (INVITE)', step: 2 },
  { from: 'alice', to: 'vcse1', summary: 'ACK sip:1003@example.com', step: 2 },
]
  .map((message, index) => ({
    number: index + 1,
    milliseconds: index * 1.5,
    protocol: 'SIP',
    isLost: false,
    isRefusal: false,
    ...message,
  }))
  .map((message) => JSON.stringify(message) + '\n')
  .join('')
