import type { Stanza } from './stanza.ts'
import { Namespace, stanza } from './stanza.ts'

/** Why a stream is closed, RFC 6120 §4.9.3. */
export const streamConditions = [
  'bad-format',
  'bad-namespace-prefix',
  'conflict',
  'connection-timeout',
  'host-gone',
  'host-unknown',
  'improper-addressing',
  'internal-server-error',
  'invalid-from',
  'invalid-namespace',
  'not-authorized',
  'not-well-formed',
  'policy-violation',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'restricted-xml',
  'system-shutdown',
  'undefined-condition',
  'unsupported-stanza-type',
  'unsupported-version',
] as const
export type StreamCondition = (typeof streamConditions)[number]

export function isStreamCondition(text: string | undefined): text is StreamCondition {
  return (streamConditions as readonly (string | undefined)[]).includes(text)
}

export function streamError(condition: StreamCondition): Stanza {
  return stanza('error', Namespace.stream, {}, [stanza(condition, Namespace.streamErrors)])
}
