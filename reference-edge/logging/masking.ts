/** What stands in a log in place of a secret. */
export const mask = '****'

/** Whether a field, header or element of that name holds what no log may show. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** A SIP or HTTP message, head and body, without its secrets. Lines end in `\n`. */
export function maskedMessage(text: string): string {
  return maskedBody(
    text
      .replaceAll('\r\n', '\n')
      // A header and its folded lines (RFC 3261 §7.3.1).
      .replace(
        /^((?:proxy-)?(?:authorization|authentication-info)|(?:set-)?cookie2?)[ \t]*:.*(?:\n[ \t].*)*/gim,
        maskedHeader,
      )
      .replace(/^([a-z]{3,10} \S*?)\?\S*/gim, maskedQuery),
  )
}

/** XML, JSON and SDP without passwords, tokens, digests and media keys. */
export function maskedBody(text: string): string {
  return text
    .replace(/^(a=crypto:\S+ \S+).*$/gim, `$1 inline:${mask}`)
    .replace(/^(a=(?:ice-pwd|key-mgmt):|k=).*$/gim, `$1${mask}`)
    .replace(/<((?:[\w.-]+:)?([\w.-]+))((?:\s[^<>]*)?)>[^<]*<\/\1\s*>/g, maskedElement)
    .replace(/("([^"\\\n]{1,64})"\s*:\s*)"(?:[^"\\\n]|\\.)*"/g, (all: string, head: string, name: string) =>
      isSecretName(name) ? `${head}"${mask}"` : all,
    )
}

const secretName =
  /^(.*(passw|passphrase|secret|token|privatekey|session-?key|cookie|nonce).*|(proxy-)?authorization|response|ha1|pin|key|auth)$/i

function maskedHeader(line: string, name: string): string {
  const scheme = /:\s*(basic|digest|bearer)\b/i.exec(line)?.[1]
  const user = /username="([^"\n]*)"/i.exec(line)?.[1]
  return `${name}: ${scheme === undefined ? '' : `${scheme} `}${user === undefined ? '' : `username="${user}", `}${mask}`
}

/** Only of a start line: `GET /path?query HTTP/1.1`. */
function maskedQuery(all: string, start: string): string {
  const query = all.slice(start.length + 1)
  const fields = query.split('&').map((field) => {
    const [name = ''] = field.split('=', 1)
    return isSecretName(name) ? `${name}=${mask}` : field
  })
  return `${start}?${fields.join('&')}`
}

function maskedElement(all: string, tag: string, name: string, attributes: string): string {
  return isSecretName(name) ? `<${tag}${attributes}>${mask}</${tag}>` : all
}
