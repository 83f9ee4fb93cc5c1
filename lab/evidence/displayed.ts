import type { TimelineMessage } from './timeline.ts'

/**
 * A summary as it is shown: the first path segment of a request through the edge is Base64 of
 * `domain/protocol/host/port` and says where the request goes inside, so it is shown in clear between braces.
 */
export function displayedSummary({ summary }: Pick<TimelineMessage, 'summary'>): string {
  return summary.replace(/^([A-Z]+ )\/([\w+=-]{8,})(?=[/?]|$)/, (whole, method: string, segment: string) => {
    const text = Buffer.from(segment, 'base64').toString('latin1')
    if (!/^[\w.:-]+(\/[\w.:-]*)*$/.test(text) || Buffer.from(text).toString('base64url') !== unpadded(segment))
      return whole
    const [, , host, port] = text.split('/')
    return `${method}/{${host === undefined || host === '' ? text : port === undefined ? host : `${host}:${port}`}}`
  })
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, '').replaceAll('+', '-')
}

/** Shortens in the middle: both ends of a target say more than what stands between. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text
  if (length < 8) return text.slice(0, Math.max(0, length))
  const tail = Math.floor((length - 1) * 0.4)
  return `${text.slice(0, length - 1 - tail)}…${text.slice(text.length - tail)}`
}

/** The bytes of a message as text to read: secrets masked, binary ones as a hex dump. */
export function displayedText(bytes: Buffer): string {
  const shown = bytes.subarray(0, largestShown)
  const rest = bytes.length - shown.length
  const more = rest > 0 ? `\n… ${rest} bytes more in messages.jsonl` : ''
  return (
    (isText(shown) ? masked(shown.toString('utf8').replaceAll('\r\n', '\n')) : hexDump(shown.subarray(0, 1_024))) + more
  )
}

/** Texts as UTF-8 without control characters. */
export function isText(bytes: Buffer): boolean {
  return !/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd]/.test(bytes.toString('utf8'))
}

const mask = '••••'

/** Passwords, keys, tokens and cookies made unreadable; everything around them stays. */
export function masked(text: string): string {
  return text
    .replace(
      /^((?:Proxy-)?Authorization[ \t]*:[ \t]*)(\S+)[ \t]*(.*(?:\r?\n[ \t].*)*)$/gim,
      (_, name, scheme, rest) => name + scheme + ' ' + maskedCredentials(scheme, rest),
    )
    .replace(
      /^(Cookie[ \t]*:[ \t]*)(.*)$/gim,
      (_, name: string, rest: string) => name + rest.replace(/=[^;]*/g, `=${mask}`),
    )
    .replace(/^(Set-Cookie[ \t]*:[ \t]*[^=;\r\n]+=)[^;\r\n]*/gim, `$1${mask}`)
    .replace(/(inline:)[^\s|;"]+/g, `$1${mask}`)
    .replace(
      /(<((?:[\w.-]+:)?(?:auth|response|challenge|success|handshake|[\w.-]*(?:password|passwd|secret|token|credential|session-?key|pin|digest)))(?:\s[^<>]*)?>)[^<]+/gi,
      `$1${mask}`,
    )
    .replace(/("[^"]*(?:password|secret|token|credential)[^"]*"\s*:\s*")(?:[^"\\]|\\.)*/gi, `$1${mask}`)
    .replace(/([?&;](?:password|token|secret|pin)=)[^&\s;]*/gi, `$1${mask}`)
}

/** Of Digest credentials who and where stays readable; everything else is only its scheme. */
function maskedCredentials(scheme: string, rest: string): string {
  if (scheme.toLowerCase() !== 'digest') return mask
  return rest.replace(/\b(response|cnonce|nonce|opaque)=("[^"]*"|[^,\s]*)/gi, `$1="${mask}"`)
}

function hexDump(bytes: Buffer): string {
  const lines: string[] = []
  for (let offset = 0; offset < bytes.length; offset += 16) {
    const part = bytes.subarray(offset, offset + 16)
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = part.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
    lines.push(`${offset.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${text}`)
  }
  return lines.join('\n')
}

const largestShown = 32 * 1024
