export interface BasicCredentials {
  readonly user: string
  readonly password: string
}

/**
 * Reads an Authorization header of the Basic scheme (RFC 7617), UTF-8. Undefined where it is another scheme, not
 * base64, not text, or longer than any real pair.
 */
export function readBasic(header: string | undefined): BasicCredentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]{1,1024}={0,2}) *$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  const text = bytes.toString('utf8')
  if (!Buffer.from(text, 'utf8').equals(bytes) || hasControl.test(text)) return undefined
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  return { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

export function writeBasic({ user, password }: BasicCredentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`
}

/** RFC 7617 §2: neither part may hold control characters. */
const hasControl = /[\u0000-\u001f\u007f]/
