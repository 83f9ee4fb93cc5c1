/** A password that Unified CM accepted. Times in all records are milliseconds since 1970 by the clock of the peer that made them. */
export interface CredentialRecord {
  readonly user: string
  readonly password: string
  readonly verifiedAt: number
  /** FQDN of the Unified CM node with the user's data, where there is one. */
  readonly home?: string
}

/** An X-Auth cookie that was given to a user, without its value. */
export interface CookieRecord {
  /** See `cookieId`. */
  readonly id: string
  readonly user: string
  readonly device: string
  readonly domain: string
  readonly issuedAt: number
}

/** A provisioning session. */
export interface SessionRecord {
  readonly user: string
  /** What the client called itself when it signed in. */
  readonly device: string
  readonly domain: string
  /** Its device of Unified CM once that is known, `device` until then. */
  readonly name: string
  readonly since: number
  readonly renewed: number
  readonly lastSeen: number
  /** FQDN of the VCS that it last signed in through. */
  readonly peer: string
}

/** What one peer of a cluster tells another about users who signed in. */
export interface SignInRecords {
  readonly credentials: readonly CredentialRecord[]
  readonly cookies: readonly CookieRecord[]
  readonly sessions: readonly SessionRecord[]
}

export const noRecords: SignInRecords = { credentials: [], cookies: [], sessions: [] }

/** What another peer said; records of another form are left out. */
export function readSignInRecords(said: unknown): SignInRecords {
  const { credentials, cookies, sessions } = (said ?? {}) as Record<string, unknown>
  return {
    credentials: recordsOf<CredentialRecord>(credentials, { user: 'string', password: 'string', verifiedAt: 'number' }),
    cookies: recordsOf<CookieRecord>(cookies, {
      id: 'string',
      user: 'string',
      device: 'string',
      domain: 'string',
      issuedAt: 'number',
    }),
    sessions: recordsOf<SessionRecord>(sessions, {
      user: 'string',
      device: 'string',
      domain: 'string',
      name: 'string',
      since: 'number',
      renewed: 'number',
      lastSeen: 'number',
      peer: 'string',
    }),
  }
}

/** The records in parts of at most `size` of each kind, for messages of bounded length. */
export function partsOf({ credentials, cookies, sessions }: SignInRecords, size: number): SignInRecords[] {
  const longest = Math.max(credentials.length, cookies.length, sessions.length)
  return Array.from({ length: Math.ceil(longest / size) }, (_, index) => {
    const [from, to] = [index * size, (index + 1) * size]
    return {
      credentials: credentials.slice(from, to),
      cookies: cookies.slice(from, to),
      sessions: sessions.slice(from, to),
    }
  })
}

function recordsOf<R>(said: unknown, fields: Readonly<Record<string, 'string' | 'number'>>): R[] {
  if (!Array.isArray(said)) return []
  return said.filter((record: Readonly<Record<string, unknown>> | null): record is R & Record<string, unknown> =>
    Object.entries(fields).every(([name, type]) => typeof record?.[name] === type),
  )
}
