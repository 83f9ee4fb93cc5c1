import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AdmissionLimit as LimitName, CallPermit, CallToAdmit } from '#edge/calls/admission.ts'
import { AdmissionLimit, CallAdmission, CallType } from '#edge/calls/admission.ts'
import { installationSizes } from '#edge/calls/installation-size.ts'
import { RegistrationTable } from '#edge/control/registration-table.ts'
import type { ProxiedRegistration } from '#edge/control/registration-table.ts'
import { HostWallClock } from '#runtime/clock.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { answerSteps } from '../licences/answer.ts'
import type { ExampleRun } from '../licences/examples.ts'
import { licenceExamples } from '../licences/examples.ts'
import type { CallKind, LedgerCall } from '../licences/ledger.ts'
import { callKinds, Ledger } from '../licences/ledger.ts'
import type { RuleId } from '../licences/rules.ts'
import type { Step } from '../licences/steps.ts'
import { readSteps } from '../licences/steps.ts'

type LicensedKind = Exclude<CallKind, 'registration'>

/** How the edge is asked for a call of the examiner's kind. */
const asked: Readonly<Record<LicensedKind, CallToAdmit>> = {
  mra: { type: CallType.unifiedCmRemoteSession },
  video: { type: CallType.traversal },
  audio: { type: CallType.traversal, carriage: 'SIP' },
  'audio+1': { type: CallType.traversal },
  h323: { type: CallType.traversal, carriage: 'H.323' },
  interworked: { type: CallType.traversal, carriage: 'interworked' },
  'non-traversal': { type: CallType.nonTraversal },
  // Media pass the VCS: whoever carries it may well ask for a traversal call.
  lync: { type: CallType.traversal, carriage: 'Lync B2BUA' },
}

/** The limit of the edge that stands for a rule of the examiner. */
const limitOf: Readonly<Partial<Record<RuleId, LimitName>>> = {
  R2: 'traversalLicences',
  R4: 'traversalLicences',
  R5: 'traversalLicences',
  R6: 'nonTraversalLicences',
  R7: 'nonTraversalLicences',
  R8: 'traversalLicences',
  R9: 'traversalResources',
  R10: 'nonTraversalResources',
}

const kindsOfCalls = callKinds.filter((kind) => kind !== 'registration')

type Event =
  | { readonly does: 'begin'; readonly kind: LicensedKind }
  | { readonly does: 'agree'; readonly call: number; readonly mLines: number }
  | { readonly does: 'offer'; readonly call: number; readonly mLines: number }
  | { readonly does: 'decline'; readonly call: number }
  | { readonly does: 'end'; readonly call: number }
  | { readonly does: 'disturb'; readonly call: number }
  | { readonly does: 'install'; readonly traversal: number; readonly nonTraversal: number }

const begin = fc.record({
  does: fc.constant('begin' as const),
  // Audio-only SIP calls are those with a life of their own.
  kind: fc.constantFrom(...kindsOfCalls, 'audio' as const, 'audio' as const, 'audio' as const),
})
const media = fc.record({
  does: fc.constantFrom('agree' as const, 'offer' as const),
  call: fc.nat(7),
  mLines: fc.constantFrom(1, 1, 2, 3),
})
const other = fc.record({
  does: fc.constantFrom('decline' as const, 'decline' as const, 'end' as const, 'disturb' as const),
  call: fc.nat(7),
})
const install = fc.record({
  does: fc.constant('install' as const),
  traversal: fc.nat(8),
  nonTraversal: fc.nat(4),
})
const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: begin },
    { weight: 6, arbitrary: media },
    { weight: 3, arbitrary: other },
    { weight: 1, arbitrary: install },
  ),
  { maxLength: 60, size: 'max' },
)

interface Pair {
  readonly kind: LicensedKind
  readonly permit: CallPermit
  readonly call: LedgerCall
}

/** The edge's decision object and the examiner's ledger, told the same and compared behind each event. */
class Comparison {
  readonly #ledger: Ledger
  readonly #admission: CallAdmission
  readonly #ended: CallPermit[] = []
  readonly #peaks = { sessions: 0, traversal: 0, nonTraversal: 0, licences: 0 }
  readonly #refused: Record<LimitName, number> = {
    traversalLicences: 0,
    nonTraversalLicences: 0,
    traversalResources: 0,
    nonTraversalResources: 0,
  }
  #standing: Pair[] = []

  constructor(limits: { resources: number; nonTraversalCalls: number }, licences: { t: number; n: number }) {
    this.#ledger = new Ledger({ traversal: licences.t, nonTraversal: licences.n, size: 'standard', limits })
    this.#admission = new CallAdmission({
      licences: () => this.#ledger.installed,
      limits: { traversal: limits.resources, nonTraversal: limits.nonTraversalCalls },
    })
  }

  take(event: Event): void {
    switch (event.does) {
      case 'begin':
        this.#begin(event.kind)
        break
      case 'install':
        Object.assign(this.#ledger.installed, { traversal: event.traversal, nonTraversal: event.nonTraversal })
        break
      case 'disturb':
        this.#disturb(oneOf(this.#ended, event.call))
        break
      default:
        this.#change(event)
    }
    this.#compare()
  }

  endAll(): void {
    for (const { permit, call } of this.#standing.splice(0)) {
      permit.release()
      this.#ledger.end(call)
    }
    this.#compare()
    const { remoteSessions, traversalCalls, nonTraversalCalls, traversalLicences } = this.#admission.status()
    const left = [remoteSessions, traversalCalls, nonTraversalCalls, traversalLicences].map(({ current }) => current)
    expect(left).toEqual([0, 0, 0, 0])
  }

  #begin(kind: LicensedKind): void {
    const verdict = this.#admission.admit(asked[kind])
    const { call, rule } = this.#ledger.begin(kind)
    const limit = call === undefined ? limitOf[rule]! : undefined
    expect(verdict.admitted ? undefined : verdict.reason).toBe(limit && AdmissionLimit[limit])
    if (verdict.admitted) this.#standing.push({ kind, permit: verdict.permit, call: call! })
    else this.#refused[limit!]++
  }

  #change(event: Exclude<Event, { does: 'begin' | 'install' | 'disturb' }>): void {
    const pair = oneOf(this.#standing, event.call)
    if (pair === undefined) return
    const { permit, call } = pair
    switch (event.does) {
      case 'agree':
        permit.established(event.mLines)
        return this.#ledger.agree(call, event.mLines)
      case 'offer': {
        const may = this.#ledger.offer(call, event.mLines)
        expect(permit.mayCarry(event.mLines)).toBe(may)
        if (!may) this.#refused.traversalLicences++
        return
      }
      case 'decline':
        permit.declined()
        return this.#ledger.decline(call)
      case 'end':
        permit.release()
        this.#ledger.end(call)
        this.#ended.push(permit)
        this.#standing = this.#standing.filter((other) => other !== pair)
        return
      default:
        event satisfies never
    }
  }

  /** What is said of a call that is over changes nothing. */
  #disturb(permit: CallPermit | undefined): void {
    permit?.mayCarry(2)
    permit?.established(1)
    permit?.declined()
    permit?.release()
  }

  #compare(): void {
    const { V, A, S, X, M, Q } = this.#ledger.counts()
    const now = { sessions: M, traversal: V + A + S + X, nonTraversal: Q, licences: this.#ledger.licencesUsed }
    for (const name of Object.keys(now) as (keyof typeof now)[]) {
      this.#peaks[name] = Math.max(this.#peaks[name], now[name])
    }
    const told = this.#admission.status()
    expect(told.traversalCalls).toMatchObject({ video: V, audio: A, inSetUp: S, otherAudio: X })
    const counters = {
      sessions: told.remoteSessions,
      traversal: told.traversalCalls,
      nonTraversal: told.nonTraversalCalls,
      licences: told.traversalLicences,
    }
    for (const [name, { current, peak }] of Object.entries(counters)) {
      const key = name as keyof typeof now
      expect([name, current, peak]).toEqual([name, now[key], this.#peaks[key]])
    }
    expect(told.traversalResources.current).toBe(this.#ledger.resourcesUsed)
    expect(told.nonTraversalLicences.current).toBe(Q)
    for (const name of Object.keys(this.#refused) as LimitName[]) {
      expect([name, told[name].refused]).toEqual([name, this.#refused[name]])
    }
  }
}

test('the edge decides and counts as the examiner does, whatever calls come, change and go', () => {
  const small = fc.record({ resources: fc.nat(12), nonTraversalCalls: fc.nat(4) })
  const licences = fc.record({ t: fc.nat(8), n: fc.nat(4) })
  const property = fc.property(small, licences, events, (limits, installed, happening) => {
    const comparison = new Comparison(limits, installed)
    for (const event of happening) comparison.take(event)
    comparison.endAll()
  })
  fc.assert(property, { numRuns: 200 })
})

describe('the worked examples, played to the edge', () => {
  const licensed = licenceExamples.filter(({ id }) => id !== 'E21')

  test.each(licensed.flatMap(({ id, text, runs }) => runs.map((run) => ({ id, text, run }))))(
    '$id: $text ($run.traversal)',
    ({ run }) => {
      const { traversal = 0, nonTraversal = 0, size = 'standard' } = run
      const admission = new CallAdmission({
        licences: () => ({ traversal, nonTraversal }),
        limits: installationSizes[size],
      })
      const answers = answersOf(run)
      for (const [index, step] of stepsOf(run).entries()) {
        const { accepted, refused, licences, resources, nonTraversal: others } = answers[index]!
        expect(play(admission, step)).toEqual({ accepted, refused })
        const { traversalLicences, traversalResources, nonTraversalCalls } = admission.status()
        const current = [traversalLicences.current, traversalResources.current, nonTraversalCalls.current]
        expect(current).toEqual([licences, resources, others])
      }
    },
  )

  test('E21: registrations through the Control', () => {
    const clock = new HostWallClock(new ManualClock(), new Date('2015-01-05T10:00:00Z'))
    const table = new RegistrationTable({
      clock,
      limit: installationSizes['Large VM'].registrations,
      onExpired: () => undefined,
    })
    const node = { zoneName: 'CEtcp-cucm1' } as ProxiedRegistration['node']
    const register = (number: number) => {
      const key = `${number}@127.0.0.1:${number}`
      if (!table.mayHold(key)) return false
      table.keep(
        { key, contact: `sip:${key}`, aor: `sip:${number}@example.com`, deviceName: undefined, node, by: node },
        120,
      )
      return true
    }
    const example = licenceExamples.find(({ id }) => id === 'E21')!
    let number = 0
    const taken = stepsOf(example.runs[0]!).map((step) => {
      const verdicts = Array.from({ length: step.number }, () => register(++number))
      return verdicts.filter(Boolean).length
    })
    expect(taken).toEqual(answersOf(example.runs[0]!).map(({ accepted }) => accepted))
    expect(register(1)).toBe(true)
    table.clear()
  })
})

/** Whatever the number, one of those that are there. */
function oneOf<T>(list: readonly T[], number: number): T | undefined {
  return list[number % list.length]
}

function stepsOf({ steps }: ExampleRun): readonly Step[] {
  const read = readSteps(steps)
  if ('problem' in read) throw new Error(read.problem)
  return read.steps
}

function answersOf(run: ExampleRun) {
  const { traversal = 0, nonTraversal = 0, size = 'standard' } = run
  return answerSteps({ traversal, nonTraversal, size }, stepsOf(run))
}

/** One step of an example as calls of the edge see it: admitted, and up before the next unless they are set up at once. */
function play(admission: CallAdmission, { action, kind, number }: Step): { accepted: number; refused: number } {
  const mLines = kind === 'video' || kind === 'audio+1' ? 2 : 1
  const sessions = kind === 'mra-pair' ? 2 : 1
  const call = asked[kind === 'mra-pair' ? 'mra' : (kind as LicensedKind)]
  const inSetUp: CallPermit[] = []
  let accepted = 0
  for (let count = 0; count < number; count++) {
    const verdicts = Array.from({ length: sessions }, () => admission.admit(call))
    const permits = verdicts.flatMap((verdict) => (verdict.admitted ? [verdict.permit] : []))
    if (permits.length < sessions) {
      for (const permit of permits) permit.release()
      continue
    }
    accepted++
    if (action === 'begin at once') inSetUp.push(...permits)
    else for (const permit of permits) permit.established(mLines)
  }
  for (const permit of inSetUp) permit.established(mLines)
  return { accepted, refused: number - accepted }
}
