import { readdirSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { parse } from 'yaml'
import { readConfiguration } from '#runtime/configuration.ts'

const place = v.picklist(['internet', 'dmz', 'inside'])
export type Place = v.InferOutput<typeof place>

const hostRole = v.picklist([
  'public-dns',
  'internal-dns',
  'ntp',
  'cucm',
  'imp',
  'unity',
  'web-host',
  'expressway',
  'control',
])
export type HostRole = v.InferOutput<typeof hostRole>

const number = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(254))

const topology = v.strictObject({
  name: v.string(),
  title: v.string(),
  domain: v.string(),
  hosts: v.record(
    v.string(),
    v.strictObject({
      role: hostRole,
      place,
      number,
      /** Of a subscriber: the host whose cluster it belongs to. Every other Unified CM is a cluster of its own. */
      publisher: v.optional(v.string()),
    }),
  ),
  users: v.array(
    v.strictObject({
      id: v.string(),
      name: v.string(),
      client: v.picklist(['jabber', 'tc', 'phone']),
      place,
      number,
      line: v.string(),
      device: v.string(),
      /** Publisher of the user's home cluster; the first one where it is left out. */
      home: v.optional(v.string()),
    }),
  ),
})

/** A deployment as data: how many of each host, the domain, the users. */
export type Topology = v.InferOutput<typeof topology>
export type TopologyUser = Topology['users'][number]

/** Reads `lab/topology/<name>.yaml`. */
export function readTopology(name: string): Topology {
  const path = new URL(`./${name}.yaml`, import.meta.url)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UnknownTopology(`there is no topology "${name}"; known: ${knownTopologies().join(', ')}`, { cause })
  }
  return readConfiguration(`topology ${name}`, topology, parse(text))
}

function knownTopologies(): string[] {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.yaml'))
  return files.map((file) => file.replace(/\.yaml$/, '')).sort()
}

export class UnknownTopology extends Error {
  readonly code = 'MRA_UNKNOWN_TOPOLOGY'
}
