import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'

const text = v.pipe(v.string(), v.minLength(1))

const user = v.strictObject({
  id: text,
  password: v.string(),
  line: text,
  device: text,
})
export type LoadUser = v.InferOutput<typeof user>

const loadConfiguration = v.strictObject({
  /** Services domain, for the edge's path and XMPP. */
  domain: text,
  /** Name of the Unified CM node that lines register with. */
  node: text,
  /** The VCS Expressway for clients outside; without it lines register with the node itself, over TCP and without SRTP. */
  edge: v.optional(v.strictObject({ host: text, port: v.number() })),
  users: v.array(user),
})
export type LoadConfiguration = v.InferOutput<typeof loadConfiguration>

/** Throws `ConfigurationError`. */
export function readLoadConfiguration(document: unknown): LoadConfiguration {
  return readConfiguration('load', loadConfiguration, document)
}
