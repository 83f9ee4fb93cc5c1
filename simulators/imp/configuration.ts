import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'

const text = v.pipe(v.string(), v.minLength(1))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const isOn = v.optional(v.boolean(), true)

const user = v.strictObject({
  userId: text,
  password: text,
  displayName: v.optional(text),
})

/** The services of the guide's troubleshooting pages, as far as clients or the Control notice them. */
const services = v.strictObject({
  xcpRouter: isOn,
  xcpConnectionManager: isOn,
  xcpAuthentication: isOn,
  clientProfileAgent: isOn,
  axlWebService: isOn,
  syncAgent: isOn,
  interclusterSyncAgent: isOn,
})

const schema = v.strictObject({
  release: v.optional(text, '9.1.1.31900-1'),
  /** Presence domain: the only one of the node. */
  domain: text,
  users: v.array(user),
  /** Handshake of the XCP links the Control opens. */
  xcpSecret: text,
  axl: v.strictObject({ user: text, password: text, mayUseAxl: isOn }),
  /** Nodes of the cluster as `listProcessNode` names them; this node alone otherwise. */
  nodes: v.optional(v.array(text)),
  /** User ids marked present at another node: with the Intercluster Sync Agent off their bind conflicts. */
  usersAtOtherNodes: v.optional(v.array(text), []),
  services: v.optional(services, {}),
  ports: v.optional(
    v.strictObject({ xmpp: v.optional(port, 5222), xcp: v.optional(port, 7400), web: v.optional(port, 8443) }),
    {},
  ),
})

export type ImAndPresenceConfiguration = v.InferOutput<typeof schema>
export type Services = ImAndPresenceConfiguration['services']
export type User = v.InferOutput<typeof user>

export function parseImAndPresenceConfiguration(document: unknown): ImAndPresenceConfiguration {
  return readConfiguration('IM and Presence', schema, document)
}

/** What management `set` may change: a part of the services, the users, who is present elsewhere. */
export const changes = v.strictObject({
  services: v.optional(v.partial(services)),
  users: v.optional(v.array(user)),
  usersAtOtherNodes: v.optional(v.array(text)),
})
export type Changes = v.InferOutput<typeof changes>
