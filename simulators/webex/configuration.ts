import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'

const text = v.pipe(v.string(), v.minLength(1))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))

const user = v.strictObject({ userId: text, password: text, displayName: v.optional(text) })

/** What can fail for itself: the web service that clients ask and sign in at, and XMPP. */
const services = v.strictObject({ web: v.optional(v.boolean(), true), messaging: v.optional(v.boolean(), true) })

const schema = v.strictObject({
  /** The customer: its domain, and who has an account. */
  domain: text,
  users: v.array(user),
  services: v.optional(services, {}),
  ports: v.optional(
    v.strictObject({ http: v.optional(port, 80), https: v.optional(port, 443), xmpp: v.optional(port, 5222) }),
    {},
  ),
})
export type WebexConfiguration = v.InferOutput<typeof schema>

export function parseWebexConfiguration(document: unknown): WebexConfiguration {
  return readConfiguration('WebEx Messenger', schema, document)
}

/** What management `set` may change. */
export const changes = v.strictObject({
  services: v.optional(v.partial(services)),
  users: v.optional(v.array(user)),
})
