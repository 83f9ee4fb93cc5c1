/** A disagreement of the two SIP stacks that stays, because neither breaks the RFC for what it is used for. */
export interface KnownDifference {
  readonly name: string
  readonly clause: string
  readonly who: 'edge accepts' | 'edge refuses'
  readonly why: string
  /** Whether this is the difference `sip-comparison.ts` calls so. */
  readonly fits: RegExp
}

const notInvolved =
  'a proxy leaves what it does not need as it is, well-formed or not; whoever needs the value refuses it'

export const knownDifferences: readonly KnownDifference[] = [
  {
    name: 'a Date that is none',
    clause: 'RFC 3261 §16.3 item 1, RFC 4475 §3.1.2.12',
    who: 'edge accepts',
    why: `${notInvolved}; the Date of a signed SERVICE is read by its check`,
    fits: /^edge accepts.*: RFC 3261 §20\.17,/,
  },
  {
    name: 'a Content-Type that is none',
    clause: 'RFC 3261 §16.3 item 1',
    who: 'edge accepts',
    why: notInvolved,
    fits: /^edge accepts.*: RFC 3261 §20\.15,/,
  },
  {
    name: 'a Refer-To that is no address',
    clause: 'RFC 3261 §16.3 item 1',
    who: 'edge accepts',
    why: notInvolved,
    fits: /^edge accepts.*: RFC 3515 §2\.1,/,
  },
  {
    name: 'Max-Forwards of a response',
    clause: 'RFC 3261 §20.22, table 3',
    who: 'edge accepts',
    why: 'the header has a meaning in requests only, where the edge checks it',
    fits: /^edge accepts.*: RFC 3261 §20\.22,/,
  },
  {
    name: 'a Call-ID that is not word[@word]',
    clause: 'RFC 3261 §8.1.1.4',
    who: 'edge accepts',
    why: 'compared byte by byte and copied; clients in the field put several @ and other characters there',
    fits: /^edge accepts.*: RFC 3261 §20\.8,/,
  },
  {
    name: 'parameter values beyond token, host and quoted-string',
    clause: 'RFC 3261 §25.1 generic-param',
    who: 'edge accepts',
    why: 'one run of visible characters without comma, quotes and brackets: products write URNs and base64 there, and it is copied as written',
    fits: /^edge accepts.*, parameter \S+ has no valid value$/,
  },
  {
    name: 'host names outside the host grammar',
    clause: 'RFC 3261 §25.1 hostname, RFC 2181 §11',
    who: 'edge accepts',
    why: 'letters, digits, dot, hyphen and underscore in any order: node names with underscores exist, and a name is only compared or resolved',
    fits: /^edge accepts.*, "…" is not a host$/,
  },
  {
    name: 'user parts with # [ ] ^ |',
    clause: 'RFC 3261 §25.1 user-unreserved',
    who: 'edge accepts',
    why: 'dial strings of Unified CM hold # and patterns; the user part is compared and copied only',
    fits: /^edge accepts.*, "…" is not a user part$/,
  },
  {
    name: 'URIs of schemes nobody routes',
    clause: 'RFC 3261 §25.1 absoluteURI',
    who: 'edge accepts',
    why: 'only sip and sips are routed: any other scheme is refused by policy, not by syntax',
    fits: /^edge accepts.*: RFC 3261 §25\.1 absoluteURI,/,
  },
  {
    name: 'URI parameters with an empty or odd value',
    clause: 'RFC 3261 §25.1 uri-parameter',
    who: 'edge accepts',
    why: 'unknown parameters are kept as written',
    fits: /^edge accepts.*, "…" is not a URI parameter$/,
  },
  {
    name: 'headers of a URI',
    clause: 'RFC 3261 §19.1.1',
    who: 'edge accepts',
    why: 'never used, and refused altogether in a Request-URI',
    fits: /^edge accepts.*, the headers of a URI are malformed$/,
  },
  {
    name: 'a status line without the blank behind the code',
    clause: 'RFC 3261 §7.2',
    who: 'edge accepts',
    why: 'the reason is for people; what leaves the edge has the blank',
    fits: /^edge accepts.*: RFC 3261 §7\.2,/,
  },
  {
    name: 'expires of a Contact that is no number',
    clause: 'RFC 3261 §20.10',
    who: 'edge refuses',
    why: 'the RFC lets a registrar take 3600 instead; the edge keeps a path as long as that value says and does not guess it',
    fits: /^edge refuses.*: expires of a Contact$/,
  },
]
