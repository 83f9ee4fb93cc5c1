/** What Unified CM's or our own refusal of a TLS session is called (guide, Endpoints cannot register to Unified CM). */
export const sslNotEstablished = 'Failed to establish SSL connection'

/** Why a node cannot be reached, in the words of the zone's status: never an error code alone. */
export function reasonOf(error: unknown): string {
  const { code = '', message } = error as Error & { code?: string }
  if (code === 'MRA_NAME_NOT_RESOLVED') return `DNS resolution failed: ${message}`
  const isHandshake = message.startsWith('TLS to ')
  if (!isHandshake) return connectionReasons[code] ?? message
  if (/no handshake within/.test(message)) return 'no answer'
  const problem = certificateReason(code)
  if (problem !== undefined) return `TLS negotiation failure: ${problem}`
  const detail = withoutOpenSslFrame(message.slice(message.indexOf(': ') + 2))
  if (code === 'MRA_NODE_NAME') return `TLS negotiation failure: ${detail}`
  return `${sslNotEstablished} (${detail})`
}

/** OpenSSL's name of a problem with a certificate in words; undefined where it is none. */
export function certificateReason(code: string): string | undefined {
  return certificateReasons[code]
}

const connectionReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
}

const certificateReasons: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in chain',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate of an unknown CA',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate of an unknown CA',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate of an unknown CA',
  CERT_HAS_EXPIRED: 'certificate expired',
  CERT_NOT_YET_VALID: 'certificate not yet valid',
  CERT_SIGNATURE_FAILURE: 'certificate with a bad signature',
  INVALID_PURPOSE: 'certificate not for this use',
  INVALID_CA: 'certificate of a CA that is none',
}

/** `40A7…:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:…:SSL alert number 48` → its reason. */
function withoutOpenSslFrame(text: string): string {
  const reason = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/i.exec(text)?.[1]
  return (reason ?? text).trim()
}
