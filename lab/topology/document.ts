import * as v from 'valibot'

export const place = v.picklist(['internet', 'dmz', 'inside'])

export const hostRole = v.picklist([
  'public-dns',
  'internal-dns',
  'ntp',
  'cucm',
  'imp',
  'partner-imp',
  'unity',
  'web-host',
  'webex',
  'expressway',
  'control',
])

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

/** What stands in `<name>.yaml`. */
export const document = v.strictObject({
  name: v.string(),
  title: v.string(),
  domain: v.string(),
  hosts: v.record(
    v.string(),
    v.strictObject({
      role: hostRole,
      place,
      number,
      /** Of a subscriber: the host whose cluster it belongs to. Every other Unified CM or IM&P is a cluster of its own. */
      publisher: v.optional(v.string()),
      /** Of an IM&P publisher: the Unified CM publisher whose users it has; everybody's where it is left out. */
      serves: v.optional(v.string()),
      /** Of a VCS: the cluster it is a peer of, as the first label of the cluster name. One without is a single VCS. */
      cluster: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'is no label of a name'))),
      /** Of a Control: the cluster or host of Expressways it connects to; needed where there are several. */
      expressways: v.optional(v.string()),
      /** Of an Expressway: it has one LAN interface, in a private network, and a firewall translates its public address. */
      staticNat: v.optional(v.boolean(), false),
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

export type TopologyDocument = v.InferOutput<typeof document>
