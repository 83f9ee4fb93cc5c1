import type { CallKind, Installed, LedgerCall } from './ledger.ts'
import { Ledger } from './ledger.ts'
import type { RuleId } from './rules.ts'
import type { Step, StepKind } from './steps.ts'

/** What became of one step, and how the VCS stands behind it. */
export interface StepAnswer {
  readonly step: string
  readonly kind: StepKind
  readonly accepted: number
  readonly refused: number
  readonly ended: number
  /** What decided: why the first call was refused, or what the calls cost. */
  readonly rule: RuleId | undefined
  /** Traversal licences in use behind the step, and at most while calls were set up. */
  readonly licences: number
  readonly licencesInSetUp: number
  readonly nonTraversal: number
  readonly resources: number
  readonly registrations: number
}

/** Answers steps one by one: which calls stand, which are refused and why. */
export function answerSteps(installed: Installed, steps: readonly Step[]): StepAnswer[] {
  const ledger = new Ledger({ ...installed })
  const standing = new Map<StepKind, Conversation[]>()
  return steps.map((step) => {
    const calls = standing.get(step.kind) ?? []
    standing.set(step.kind, calls)
    const done = step.action === 'end' ? end(ledger, step, calls) : begin(ledger, step, calls)
    return { step: step.text, kind: step.kind, ...done, ...stand(ledger) }
  })
}

/** What one step calls a call: of two endpoints outside it has two. */
type Conversation = readonly LedgerCall[]

type Done = Pick<StepAnswer, 'accepted' | 'refused' | 'ended' | 'rule' | 'licencesInSetUp'>

function begin(ledger: Ledger, step: Step, standing: Conversation[]): Done {
  const inSetUp: Conversation[] = []
  let [accepted, refused, licencesInSetUp] = [0, 0, ledger.licencesUsed]
  let cost: RuleId | undefined
  let obstacle: RuleId | undefined
  for (let number = 0; number < step.number; number++) {
    const tried = beginConversation(ledger, step.kind)
    if ('obstacle' in tried) {
      refused++
      obstacle ??= tried.obstacle
      continue
    }
    accepted++
    cost = tried.cost
    standing.push(tried.calls)
    licencesInSetUp = Math.max(licencesInSetUp, ledger.licencesUsed)
    if (step.action === 'begin at once') inSetUp.push(tried.calls)
    else complete(ledger, tried.calls)
  }
  for (const calls of inSetUp) complete(ledger, calls)
  return { accepted, refused, ended: 0, rule: obstacle ?? cost, licencesInSetUp }
}

function beginConversation(
  ledger: Ledger,
  kind: StepKind,
): { readonly calls: Conversation; readonly cost: RuleId } | { readonly obstacle: RuleId } {
  const isPair = kind === 'mra-pair'
  const kinds: readonly CallKind[] = kind === 'mra-pair' ? ['mra', 'mra'] : [kind]
  const calls: LedgerCall[] = []
  let cost: RuleId = 'R11'
  for (const each of kinds) {
    const { call, rule } = ledger.begin(each)
    if (call === undefined) {
      for (const other of calls) ledger.end(other)
      return { obstacle: isPair ? 'R11' : rule }
    }
    calls.push(call)
    if (!isPair) cost = rule
  }
  return { calls, cost }
}

function complete(ledger: Ledger, calls: Conversation): void {
  for (const call of calls) ledger.agree(call)
}

function end(ledger: Ledger, { number }: Step, standing: Conversation[]): Done {
  const ending = standing.splice(0, number)
  for (const call of ending.flat()) ledger.end(call)
  return { accepted: 0, refused: 0, ended: ending.length, rule: undefined, licencesInSetUp: ledger.licencesUsed }
}

function stand(ledger: Ledger) {
  const { Q: nonTraversal, registrations } = ledger.counts()
  return { licences: ledger.licencesUsed, nonTraversal, resources: ledger.resourcesUsed, registrations }
}
