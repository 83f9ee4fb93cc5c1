import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'

const text = v.pipe(v.string(), v.minLength(1))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))

const schema = v.strictObject({
  /** What it serves, by path: `/jabber/Autoupdate.xml`. The same on both ports. */
  documents: v.optional(
    v.record(
      v.pipe(v.string(), v.regex(/^\/[\w./-]*$/, 'is not a path')),
      v.strictObject({ type: text, body: v.pipe(v.string(), v.maxLength(1_000_000)) }),
    ),
    {},
  ),
  httpPort: v.optional(port, 80),
  httpsPort: v.optional(port, 443),
})
export type WebHostConfiguration = v.InferOutput<typeof schema>

export function parseWebHostConfiguration(document: unknown): WebHostConfiguration {
  return readConfiguration('web host', schema, document)
}
