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
  'partner-imp',
  'unity',
  'web-host',
  'expressway',
  'control',
])
export type HostRole = v.InferOutput<typeof hostRole>

const number = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(254))

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))

const device = v.strictObject({
  id: v.string(),
  name: v.string(),
  place,
  number,
  /** `user@domain`, what others dial. Another domain than the topology's is another company's. */
  alias: v.pipe(v.string(), v.regex(/^[^@\s]+@[^@\s]+$/, 'is not user@domain')),
  /** Name of its host in its domain; its id otherwise. */
  host: v.optional(v.string()),
  /** Ports it takes SIP at. */
  listens: v.optional(v.strictObject({ tcp: v.optional(port), tls: v.optional(port) }), {}),
  /** The VCS that it registers at. */
  registersAt: v.optional(v.string()),
  /** The host that all its calls go to. Without this and a registrar it finds its way by DNS. */
  peer: v.optional(v.string()),
  /** Towards its registrar or peer. */
  transport: v.optional(v.picklist(['TCP', 'TLS']), 'TCP'),
  /** any: it answers whatever number is called, as a gateway. */
  answersFor: v.optional(v.picklist(['own', 'any']), 'own'),
  /** Of its media: SRTP never, always, or offered and not insisted on. */
  encryption: v.optional(v.picklist(['off', 'on', 'preferred']), 'off'),
})

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
      /** Of another company's host: its domain, and who has an account there. */
      company: v.optional(v.strictObject({ domain: v.string(), users: v.array(v.string()) })),
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
  /** SIP devices that Unified CM does not know: registered to a VCS, of another company, or a gateway. */
  devices: v.optional(v.array(device), []),
})

/** A deployment as data: how many of each host, the domain, the users. */
export type Topology = v.InferOutput<typeof topology>
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
  return readConfiguration(`topology ${name}`, topology, parse(text))
}

function knownTopologies(): string[] {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.yaml'))
  return files.map((file) => file.replace(/\.yaml$/, '')).sort()
}

export class UnknownTopology extends Error {
  readonly code = 'MRA_UNKNOWN_TOPOLOGY'
}
