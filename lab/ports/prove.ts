import type { PortFunction, PortRow } from '#guide/ports.ts'
import { portRows } from '#guide/ports.ts'
import { waitFor } from '#runtime/wait.ts'
import type { FirewallPlace } from '../fabric/firewall.ts'
import { Firewall } from '../fabric/firewall.ts'
import { FirewallUnavailable } from '../fabric/netfilter.ts'
import type { Lab } from '../lab.ts'
import { allFlows, firewallPlace, flowsOfRow } from './flows.ts'
import type { FunctionOutcome } from './functions.ts'
import { observe, observedFunctions } from './functions.ts'
import { enterMixedMode } from './mixed-mode.ts'
import { Trial } from './trial.ts'

export type RowVerdict = 'ok' | 'mismatch'

export interface RowProof {
  readonly id: string
  readonly verdict: RowVerdict
  /** Functions that failed while only this row was closed. */
  readonly failed: readonly PortFunction[]
  /** What the parties of a call that was up lost; empty for rows that carry no media. */
  readonly failedInCall: readonly PortFunction[]
  /** What differs from the table, in words; empty where nothing does. */
  readonly differences: readonly string[]
  readonly healedAfterMs?: number
}

export interface OpenProof {
  /** Functions that fail although every row is open, and packets that no row lets pass. */
  readonly differences: readonly string[]
  readonly functions: number
}

/** A lab behind a firewall made of the guide's table, to close one row after the other. */
export class PortProof implements AsyncDisposable {
  readonly #lab: Lab
  readonly #firewall: Firewall

  constructor(lab: Lab, answer: FirewallPlace['answer'] = 'reset') {
    this.#lab = lab
    this.#firewall = new Firewall(firewallPlace(lab, answer))
  }

  /** Puts the firewall up, has everything connect anew through it, and tries all functions. */
  async allOpen(): Promise<OpenProof> {
    await this.#firewall.allowOnly(allFlows(this.#lab))
    await this.#firewall.cutAll()
    await this.#reconnect()
    await this.#signInInside()
    const outcomes = await observe(new Trial(this.#lab))
    const failed = [...outcomes].filter(([, { works }]) => !works)
    const refused = await this.#firewall.refused()
    return {
      functions: outcomes.size,
      differences: [
        ...failed.map(([name, { says }]) => `${name} does not work: ${says}`),
        ...refused.map(({ from, to, transport, port }) => `in no table: ${from} → ${to} ${port}/${transport}`),
      ],
    }
  }

  /** Closes one row: what the table says dies must die and nothing else; then opens it and waits until all works. */
  async row(row: PortRow, kills: readonly PortFunction[] = row.kills): Promise<RowProof> {
    try {
      return await this.#prove(row, kills)
    } catch (error) {
      if (error instanceof FirewallUnavailable) throw error
      await this.#firewall.allowOnly(allFlows(this.#lab))
      const differences = [(error as Error).message]
      return { id: row.id, verdict: 'mismatch', failed: [], failedInCall: [], differences }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#firewall.open()
  }

  async #prove(row: PortRow, kills: readonly PortFunction[]): Promise<RowProof> {
    if (row.id === 'PORT-CU-07') return this.#proveInMixedMode(row, kills)
    return this.#closeAndHeal(row, kills)
  }

  /** Alice's device gets a secure profile; the board room's and those inside keep theirs, and live on. */
  async #proveInMixedMode(row: PortRow, kills: readonly PortFunction[]): Promise<RowProof> {
    await using _mode = await enterMixedMode(this.#lab, 'alice', () => this.#reconnect())
    const trial = new Trial(this.#lab)
    const before = failedOf(await observe(trial))
    if (before.length > 0) throw new Error(`in mixed mode, with all rows open, these fail: ${before.join(', ')}`)
    // Awaited here: what follows the return is the end of mixed mode.
    return await this.#closeAndHeal(row, kills, async () => {
      const { boardroom } = await new Trial(this.#lab).signIns()
      const { error } = boardroom
      return error === undefined ? [] : [`a device without a secure profile fails too: ${error.says}`]
    })
  }

  async #closeAndHeal(
    row: PortRow,
    kills: readonly PortFunction[],
    whileClosed: () => Promise<string[]> = () => Promise.resolve([]),
  ): Promise<RowProof> {
    const inCall = await this.#close(row)
    const outcomes = await observe(new Trial(this.#lab))
    const differences = [
      ...compare(inCall, row.killsInCall ?? []).map((difference) => `in a call that is up, ${difference}`),
      ...compare(outcomes, kills),
    ]
    const failed = failedOf(outcomes)
    differences.push(...(await whileClosed()))
    await this.#firewall.allowOnly(allFlows(this.#lab))
    const healed = await this.#heal(failed)
    const all = [...differences, ...healed.problems]
    return {
      id: row.id,
      verdict: all.length === 0 ? 'ok' : 'mismatch',
      failed,
      failedInCall: failedOf(inCall),
      differences: all,
      healedAfterMs: healed.milliseconds,
    }
  }

  /** Closes a row; one that carries media under a call that is up: what its parties hear then. */
  async #close(row: PortRow): Promise<Map<PortFunction, FunctionOutcome>> {
    const flows = flowsOfRow(this.#lab, row)
    if (row.killsInCall === undefined) {
      await this.#firewall.drop(flows)
      return new Map()
    }
    const call = await new Trial(this.#lab).dialInside()
    try {
      const before = await call.hearings()
      await this.#firewall.drop(flows)
      const after = await call.hearings()
      return new Map([
        ['inside hears', afterwards(before.calleeHears, after.calleeHears)],
        ['outside hears', afterwards(before.callerHears, after.callerHears)],
      ])
    } finally {
      await call.end()
    }
  }

  async #heal(failed: readonly PortFunction[]): Promise<{ problems: string[]; milliseconds: number }> {
    const start = performance.now()
    const functions = observedFunctions.filter(({ name }) => failed.includes(name))
    let last = new Map<PortFunction, FunctionOutcome>()
    try {
      await this.#reconnect()
      const isHealed = async () => {
        last = await observe(new Trial(this.#lab), functions)
        return [...last.values()].every(({ works }) => works)
      }
      if (functions.length > 0) await waitFor('all to work again', isHealed, { limitMs: healMs })
      return { problems: [], milliseconds: performance.now() - start }
    } catch (error) {
      const still = [...last].filter(([, { works }]) => !works).map(([name, { says }]) => `${name} (${says})`)
      const problem = still.length === 0 ? (error as Error).message : still.join(', ')
      return { problems: [`not healed: ${problem}`], milliseconds: performance.now() - start }
    }
  }

  /** An administrator's "retry" on the Control, which waits longer by itself the longer something is gone. */
  async #reconnect(): Promise<void> {
    await waitFor('the VCS Control to connect again', () => this.#retried(), { limitMs: healMs, everyMs: 100 })
  }

  async #retried(): Promise<boolean> {
    for (const name of Object.keys(this.#lab.topology.hosts)) {
      if (this.#lab.topology.hosts[name]!.role === 'control') await this.#lab.host(name).management.call('retry')
    }
    return this.#lab.ready(readyMs).then(
      () => true,
      () => false,
    )
  }

  async #signInInside(): Promise<void> {
    const inside = this.#lab.endpoints().filter(({ user }) => user.place === 'inside')
    const results = await Promise.all(inside.map((endpoint) => endpoint.signIn()))
    for (const [index, { error }] of results.entries()) {
      if (error !== undefined) throw new Error(`${inside[index]!.user.id} cannot sign in inside: ${error.says}`)
    }
  }
}

const readyMs = 1_500
const healMs = 15_000

/** The row of that register id. */
export function portRow(id: string): PortRow | undefined {
  return portRows.find((row) => row.id === id)
}

function failedOf(outcomes: ReadonlyMap<PortFunction, FunctionOutcome>): PortFunction[] {
  return [...outcomes].filter(([, { works }]) => !works).map(([name]) => name)
}

/** Who heard nothing while all was open proves nothing by hearing nothing now. */
function afterwards(before: FunctionOutcome, after: FunctionOutcome): FunctionOutcome {
  if (!before.works) throw new Error(`a call has no audio before the row is closed: ${before.says}`)
  return after
}

function compare(outcomes: ReadonlyMap<PortFunction, FunctionOutcome>, kills: readonly PortFunction[]): string[] {
  return [...outcomes].flatMap(([name, { works, says }]) => {
    if (works === !kills.includes(name)) return []
    return [works ? `${name} was said to fail and works: ${says}` : `${name} was said to live and fails: ${says}`]
  })
}
