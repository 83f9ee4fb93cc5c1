import { readdirSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { parse } from 'yaml'
import { readConfiguration } from '#runtime/configuration.ts'
import { contradictionsOf } from './contradictions.ts'
import type { TopologyDocument, hostRole, place } from './document.ts'
import { document } from './document.ts'

export type Place = v.InferOutput<typeof place>
export type HostRole = v.InferOutput<typeof hostRole>

const topology = v.pipe(
  document,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const { path, says } of contradictionsOf(dataset.value)) {
      // Every problem has its place in the text: the topology's own value stands for those on the way there.
      const steps = path.map((key) => ({
        type: 'object' as const,
        origin: 'value' as const,
        input: {},
        key,
        value: key,
      }))
      addIssue({ message: says, path: steps as [(typeof steps)[number], ...typeof steps] })
    }
  }),
)

/** A deployment as data: how many of each host, the domain, the users. */
export type Topology = TopologyDocument
export type TopologyUser = Topology['users'][number]
export type TopologyDevice = Topology['devices'][number]

/** Whoever has a client: a user of Unified CM, or a SIP device of its own. */
export type ClientUser =
  TopologyUser | (Omit<TopologyUser, 'client' | 'home'> & { readonly client: 'sip-device'; readonly home?: never })

/** Users and devices as the owners of clients; what a device's line is dialled by is its alias. */
export function clientUsers({ users, devices }: Topology): ClientUser[] {
  const owners = devices.map(({ id, name, place, number, alias }) => {
    return { id, name, place, number, client: 'sip-device' as const, line: alias, device: 'SIP device' }
  })
  return [...users, ...owners]
}

/** Reads `lab/topology/<name>.yaml`. */
export function readTopology(name: string): Topology {
  const path = new URL(`./${name}.yaml`, import.meta.url)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UnknownTopology(`there is no topology "${name}"; known: ${knownTopologies().join(', ')}`, { cause })
  }
  return parseTopology(name, parse(text))
}

/** A topology from its document; throws a `ConfigurationError` with everything that is wrong and where. */
export function parseTopology(name: string, read: unknown): Topology {
  return readConfiguration(`topology ${name}`, topology, read)
}

/** Names that `readTopology` takes, in order. */
export function knownTopologies(): string[] {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.yaml'))
  return files.map((file) => file.replace(/\.yaml$/, '')).sort()
}

export class UnknownTopology extends Error {
  readonly code = 'MRA_UNKNOWN_TOPOLOGY'
}
