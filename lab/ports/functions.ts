import type { PortFunction } from '#guide/ports.ts'
import type { SignInResult } from '../endpoint.ts'
import type { Trial } from './trial.ts'

export interface FunctionOutcome {
  readonly works: boolean
  /** What the one who uses it saw. */
  readonly says: string
}

/** Something that works or does not, seen from where it is used. */
export interface ObservedFunction {
  readonly name: PortFunction
  works(trial: Trial): Promise<FunctionOutcome>
}

interface StatefulPeer {
  readonly name: string
  readonly type?: string
  readonly kind?: string
  readonly state: string
  readonly reason?: string
}

interface ControlState {
  readonly zones: readonly StatefulPeer[]
  readonly tunnels: readonly StatefulPeer[]
  readonly xcp: { readonly edges: readonly StatefulPeer[]; readonly nodes: readonly StatefulPeer[] }
  readonly discovery: readonly StatefulPeer[]
}

/** All of them, in the order of the ways they take. */
export const observedFunctions: readonly ObservedFunction[] = [
  reported('traversal zone', ({ zones }) => zones.filter(({ type }) => type === 'Traversal client')),
  reported('SSH tunnel', ({ tunnels }) => tunnels),
  reported('XCP to Expressway', ({ xcp }) => xcp.edges),
  reported('XCP to IM&P', ({ xcp }) => xcp.nodes),
  reported('IM&P status', ({ discovery }) => discovery.filter(({ kind }) => kind !== 'unified-cm')),
  reported('Unified CM zone', ({ zones }) => zones.filter(({ type }) => type === 'Neighbor')),
  signInStages('sign-in', ['edge-config', 'home-cluster', 'user-devices']),
  signInStages('configuration file', ['configuration-files']),
  signInStages('registration', ['register']),
  {
    name: 'directory',
    works: (trial) => outcome(async () => found((await trial.directory('Bob')).length, 'entries for Bob')),
  },
  {
    name: 'voicemail',
    works: (trial) =>
      outcome(async () => {
        const { status, messages = [] } = await trial.voicemail()
        if (status !== 200) throw new Error(`voicemail answered ${status}`)
        return found(messages.length, 'voice messages')
      }),
  },
  {
    name: 'chat',
    works: (trial) => outcome(() => trial.chat().then(() => 'a message each way')),
  },
  {
    name: 'call',
    works: (trial) =>
      outcome(async () => {
        const { failure } = await trial.insideCall()
        if (failure !== undefined) throw new Error(failure)
        return 'connected'
      }),
  },
  { name: 'inside hears', works: async (trial) => (await trial.insideCall()).calleeHears },
  { name: 'outside hears', works: async (trial) => (await trial.insideCall()).callerHears },
  {
    name: 'outside to outside',
    works: async (trial) => {
      const { calleeHears, callerHears } = await trial.outsideCall()
      return {
        works: calleeHears.works && callerHears.works,
        says: [calleeHears.says, callerHears.says].join('; '),
      }
    },
  },
  {
    name: 'call to a lost client',
    works: (trial) => outcome(() => trial.callToLostClient().then(() => 'connected')),
  },
  {
    name: 'admin page',
    works: (trial) =>
      outcome(async () => {
        const page = await trial.adminPage()
        if (!page.startsWith('200 ')) throw new Error(page)
        return page
      }),
  },
]

/** Tries these functions in one trial: what became of each. */
export async function observe(
  trial: Trial,
  functions: readonly ObservedFunction[] = observedFunctions,
): Promise<Map<PortFunction, FunctionOutcome>> {
  const outcomes = await Promise.all(functions.map(async (one) => [one.name, await one.works(trial)] as const))
  return new Map(outcomes)
}

/** Works where every one of these peers of the Control is Active once the clients have been brought anew. */
function reported(name: PortFunction, peersOf: (state: ControlState) => readonly StatefulPeer[]): ObservedFunction {
  return {
    name,
    works: (trial) =>
      outcome(async () => {
        await trial.signIns()
        const peers = peersOf(await trial.controlState<ControlState>())
        const failed = peers.find(({ state }) => state !== 'Active')
        if (peers.length === 0) throw new Error('there is none')
        if (failed !== undefined) throw new Error(`${failed.state}: ${failed.reason ?? 'no reason given'}`)
        return 'Active'
      }),
  }
}

/** Works where both kinds of clients outside passed these stages of their sign-in, as far as they have them. */
function signInStages(name: PortFunction, stages: readonly string[]): ObservedFunction {
  return {
    name,
    works: async (trial) => {
      const { alice, boardroom } = await trial.signIns()
      const problems = [...problemsOf('alice', alice, stages), ...problemsOf('boardroom', boardroom, stages)]
      return { works: problems.length === 0, says: problems.join('; ') || 'ok' }
    },
  }
}

function problemsOf(who: string, { stages }: SignInResult, wanted: readonly string[]): string[] {
  return stages
    .filter((stage) => wanted.includes(stage.name) && stage.outcome !== 'ok')
    .map(({ name, outcome, detail = '' }) => `${who}: ${name} ${outcome}, ${detail}`)
}

function found(count: number, what: string): string {
  if (count === 0) throw new Error(`no ${what}`)
  return `${count} ${what}`
}

async function outcome(act: () => Promise<string>): Promise<FunctionOutcome> {
  try {
    return { works: true, says: await act() }
  } catch (error) {
    return { works: false, says: (error as Error).message }
  }
}
