import { join, relative } from 'node:path'
import { PassThrough } from 'node:stream'
import { loadConfiguration, loadSources, loadSupport, runCucumber } from '@cucumber/cucumber/api'
import type { IRunConfiguration, IRunEnvironment, ISupportCodeLibrary } from '@cucumber/cucumber/api'
import type { Envelope } from '@cucumber/messages'
import type { RunResults } from '#reports/results.ts'
import { areasOf, readRegister } from '#guide/register.ts'
import type { RunListener } from './scenario-collector.ts'
import { ScenarioCollector } from './scenario-collector.ts'

export interface RoundOptions {
  readonly root: string
  readonly features: readonly string[]
  readonly tags?: string
  readonly name?: string
  readonly seed: string
  readonly order: 'defined' | 'random'
  readonly placement: string
  /** Scenarios at the same time. */
  readonly jobs: number
  readonly outFolder: string
  readonly pkiFolder: string
}

/** Rounds of scenarios in one process. The steps are loaded once: importing a file again registers nothing. */
export class ScenarioRounds {
  #support: ISupportCodeLibrary | undefined

  /** How many scenarios a round would have. */
  async count(options: RoundOptions): Promise<number> {
    const environment = environmentOf(options.root)
    const { sources } = await configurationOf(options, environment)
    return (await loadSources(sources, environment)).plan.length
  }

  /** Runs the scenarios once with cucumber and gives their results. Throws where nothing could be opened to run them. */
  async run(options: RoundOptions, listener: RunListener): Promise<RunResults> {
    const { root, seed, order, placement } = options
    const started = performance.now()
    const startedAt = new Date().toISOString()
    const collector = new ScenarioCollector((path) => relative(root, join(root, path)), listener)
    const environment = environmentOf(root)
    const runConfiguration = await configurationOf(options, environment)
    this.#support ??= await loadSupport(runConfiguration, environment)
    await runCucumber({ ...runConfiguration, support: this.#support }, environment, (envelope) =>
      collector.take(envelope as Envelope),
    )
    const troubles = collector.troubles().join('\n')
    if (troubles !== '' && collector.results().length === 0) throw new Error(`no scenario could run: ${troubles}`)
    if (troubles !== '') process.stderr.write(`mra: when the run was over: ${troubles}\n`)
    return {
      run: { seed, order, placement, startedAt, milliseconds: performance.now() - started, node: process.version },
      scenarios: collector.results(),
    }
  }
}

function environmentOf(root: string): IRunEnvironment {
  const errors = new PassThrough()
  errors.on('data', (text: Buffer) => process.stderr.write(text))
  return { cwd: root, stdout: new PassThrough().resume(), stderr: errors, env: process.env }
}

async function configurationOf(options: RoundOptions, environment: IRunEnvironment): Promise<IRunConfiguration> {
  const { features, seed, order, placement, outFolder, pkiFolder } = options
  const { runConfiguration } = await loadConfiguration(
    {
      file: false,
      provided: {
        paths: features.length > 0 ? [...features] : ['features/**/*.feature'],
        import: ['features/support/*.ts', 'features/steps/*.ts'],
        order: order === 'random' ? `random:${seed}` : 'defined',
        strict: true,
        // One worker is one runner of its own with hosts and clients of its own; 0 runs here, without a worker.
        parallel: options.jobs > 1 ? options.jobs : 0,
        publish: false,
        format: ['message:/dev/null'],
        ...(options.tags === undefined ? {} : { tags: expandAreas(options.tags) }),
        ...(options.name === undefined ? {} : { name: [options.name] }),
        worldParameters: { seed, placement, outFolder, pkiFolder },
      },
    },
    environment,
  )
  return runConfiguration
}

/** `@area-TRB-401` stands for every id of that area: nobody types areas at scenarios. */
export function expandAreas(tags: string): string {
  if (!tags.includes('@area-')) return tags
  const ids = readRegister().map(({ id }) => id)
  return tags.replace(/@area-([A-Z0-9-]+)/g, (whole, area: string) => {
    const inside = ids.filter((id) => areasOf(id).includes(area))
    return inside.length === 0 ? whole : `(${inside.map((id) => `@${id}`).join(' or ')})`
  })
}
