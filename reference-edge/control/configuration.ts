import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'
import { AuthenticationPolicy } from './authentication-policy.ts'

const nonEmpty = v.pipe(v.string(), v.minLength(1))
/** A host name (also a bare one) or an IPv4 address. */
const hostOrAddress = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i, 'is no host name or address'),
  v.maxLength(253),
)
const minutes = v.pipe(v.number(), v.integer(), v.minValue(1))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))

/** A server the Control asks on an administrator's behalf. */
const server = v.strictObject({
  publisher: nonEmpty,
  username: nonEmpty,
  password: nonEmpty,
  tlsVerify: v.optional(v.boolean(), true),
})

/** The configuration of a VCS Control, page by page of the guide. */
const controlConfiguration = v.strictObject({
  system: v.optional(v.strictObject({ name: v.optional(v.string(), '') }), {}),
  administration: v.strictObject({ username: nonEmpty, passwordHash: nonEmpty }),
  unifiedCommunications: v.strictObject({
    mode: v.picklist(['off', 'mobile-and-remote-access']),
    credentialsRefreshMinutes: v.optional(minutes, 480),
    credentialsCleanupMinutes: v.optional(minutes, 720),
    /** HTTP server allow list: names or addresses; what discovery finds is allowed besides. */
    httpAllowList: v.optional(v.array(hostOrAddress), []),
  }),
  domains: v.pipe(
    v.array(
      v.strictObject({
        name: nonEmpty,
        sipOnVcs: v.optional(v.boolean(), false),
        sipOnUnifiedCm: v.optional(v.boolean(), true),
        imAndPresence: v.optional(v.boolean(), true),
      }),
    ),
    // Guide: unsupported features and limitations.
    v.check(
      (domains) => domains.filter(({ imAndPresence }) => imAndPresence).length <= 1,
      'IM and Presence services can be on for one domain only',
    ),
  ),
  unifiedCmServers: v.optional(v.array(server), []),
  imAndPresenceServers: v.optional(
    v.array(
      v.strictObject({
        ...server.entries,
        /** Shared secret of the XCP link; a stand-in for what the product agrees upon by itself. */
        xcpSecret: v.optional(v.string(), ''),
      }),
    ),
    [],
  ),
  traversalClient: v.strictObject({
    name: v.optional(nonEmpty, 'TraversalZone'),
    peer: nonEmpty,
    port: v.optional(port, 7001),
    username: nonEmpty,
    password: nonEmpty,
    authenticationPolicy: v.optional(v.picklist(Object.values(AuthenticationPolicy)), AuthenticationPolicy.doNotCheck),
  }),
})

export type ControlConfiguration = v.InferOutput<typeof controlConfiguration>

/** A frozen configuration, or a `ConfigurationError` with every problem. */
export function parseControlConfiguration(document: unknown): ControlConfiguration {
  return readConfiguration('control', controlConfiguration, document)
}
