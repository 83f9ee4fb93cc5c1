import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canMakeNamespaces, isInPrivateFabric, runInPrivateFabric } from '#lab/fabric/private.ts'
import type { RunResults, ScenarioResult } from '#reports/results.ts'
import type { RoundOptions, ScenarioRounds } from './scenario-run.ts'

/** Scenarios whose deployment needs a firewall: they run in a network namespace. */
const privateTag = '@private-fabric'

/** Results of a run inside a private network, in the folder of the run that it belongs to. */
export const privateResults = 'results.private.json'

export interface SplitRound {
  /** To be run here. */
  readonly here: RoundOptions
  /** How many have to run inside a private network. */
  readonly inside: number
}

/** Which scenarios of a round run here: all where this process is in a private network already or none can be made. */
export async function splitRound(rounds: ScenarioRounds, options: RoundOptions): Promise<SplitRound> {
  if (isInPrivateFabric()) return { here: options, inside: 0 }
  const inside = await rounds.count(tagged(options, privateTag))
  if (inside === 0 || !canMakeNamespaces()) return { here: options, inside: 0 }
  return { here: tagged(options, `not ${privateTag}`), inside }
}

/** Runs the scenarios that need it inside a private network, with evidence in the folder of this round. */
export async function runInside(options: RoundOptions): Promise<readonly ScenarioResult[]> {
  const { features, seed, order, placement, jobs, outFolder, name, tags } = tagged(options, privateTag)
  const words = [
    ...['test', ...features, '--tags', tags!, '--seed', seed, '--order', order, '--placement', placement],
    ...['--jobs', String(jobs), '--into', outFolder, ...(name === undefined ? [] : ['--name', name])],
  ]
  const code = await runInPrivateFabric({ words: [join(options.root, 'cli', 'main.ts'), ...words], isQuiet: true })
  try {
    return (JSON.parse(readFileSync(join(outFolder, privateResults), 'utf8')) as RunResults).scenarios
  } catch (cause) {
    throw new Error(`the scenarios inside a private network left no results: exit code ${code}`, { cause })
  }
}

function tagged(options: RoundOptions, tag: string): RoundOptions {
  return { ...options, tags: options.tags === undefined ? tag : `(${options.tags}) and ${tag}` }
}
