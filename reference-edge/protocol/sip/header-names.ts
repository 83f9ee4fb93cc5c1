/**
 * One key per header field whatever its spelling: the full name in lower case. `v`, `Via` and `VIA` all have the key
 * `via`, so that a filter on the key cannot be passed by another spelling.
 */
export function headerKey(name: string): string {
  return keys.get(name) ?? longKey(name)
}

/** The key of the name at `bytes[start, end)`, which must be a token. */
export function headerKeyAt(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  if (length <= longestKnown) {
    for (const spelling of buckets[bucket(length, bytes[start]!)] ?? []) {
      if (isSpelled(bytes, start, spelling.text)) return spelling.key
    }
  }
  return bytes.toString('latin1', start, end).toLowerCase()
}

/** The usual spelling of a header field that we write ourselves. */
export function headerSpelling(name: string): string {
  return spellings.get(headerKey(name)) ?? name
}

/** Header fields whose grammar is a list with commas (RFC 3261 §7.3.1 and the extensions that MRA uses). */
export function isListHeader(key: string): boolean {
  return listHeaders.has(key)
}

/** Header fields that may stand in a message once only; a second one makes the message ill-formed. */
export function isSingleHeader(key: string): boolean {
  return singleHeaders.has(key)
}

const knownNames =
  'Accept,Accept-Contact,Accept-Encoding,Accept-Language,Alert-Info,Allow,Allow-Events,Authentication-Info,' +
  'Authorization,Call-ID,Call-Info,Contact,Content-Disposition,Content-Encoding,Content-Language,Content-Length,' +
  'Content-Type,CSeq,Date,Diversion,Error-Info,Event,Expires,From,Geolocation,History-Info,Identity,Identity-Info,' +
  'In-Reply-To,Join,Max-Forwards,MIME-Version,Min-Expires,Min-SE,Organization,P-Asserted-Identity,' +
  'P-Preferred-Identity,Path,Priority,Privacy,Proxy-Authenticate,Proxy-Authorization,Proxy-Require,RAck,Reason,' +
  'Record-Route,Recv-Info,Refer-Sub,Refer-To,Referred-By,Reject-Contact,Remote-Party-ID,Replaces,Reply-To,' +
  'Request-Disposition,Require,Resource-Priority,Retry-After,Route,RSeq,Server,Service-Route,Session-Expires,' +
  'Session-ID,SIP-ETag,SIP-If-Match,Subject,Subscription-State,Supported,Timestamp,To,Unsupported,User-Agent,Via,' +
  'Warning,WWW-Authenticate,X-TAATag'

/** Compact forms of the IANA registry. */
const compactForms = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
}

const listHeaders = new Set(
  (
    'accept,accept-contact,accept-encoding,accept-language,alert-info,allow,allow-events,call-info,contact,' +
    'content-encoding,content-language,diversion,error-info,geolocation,history-info,in-reply-to,' +
    'p-asserted-identity,p-preferred-identity,path,proxy-require,record-route,recv-info,reject-contact,' +
    'remote-party-id,require,route,service-route,supported,unsupported,via,warning'
  ).split(','),
)

const singleHeaders = new Set(
  (
    'call-id,content-disposition,content-length,content-type,cseq,date,event,expires,from,identity,max-forwards,min-expires,min-se,' +
    'rack,refer-to,referred-by,replaces,retry-after,rseq,session-expires,sip-etag,sip-if-match,subscription-state,' +
    'to,user-agent,server'
  ).split(','),
)

const spellings = new Map(knownNames.split(',').map((name) => [name.toLowerCase(), name]))

const keys = new Map<string, string>([
  ...[...spellings.keys()].map((key): [string, string] => [key, key]),
  ...[...spellings].map(([key, name]): [string, string] => [name, key]),
  ...Object.entries(compactForms),
])

function longKey(name: string): string {
  const lower = name.toLowerCase()
  return keys.get(lower) ?? lower
}

interface Spelling {
  readonly text: string
  readonly key: string
}

const longestKnown = 63
const buckets = bucketsOf(keys)

function bucketsOf(known: ReadonlyMap<string, string>): ReadonlyArray<readonly Spelling[] | undefined> {
  const filled: Spelling[][] = []
  for (const [text, key] of known) {
    if (text !== text.toLowerCase()) continue
    const list = (filled[bucket(text.length, text.charCodeAt(0))] ??= [])
    list.push({ text, key })
  }
  return Array.from(filled)
}

function bucket(length: number, firstByte: number): number {
  return (length << 5) | (firstByte & 31)
}

/** Case folding by a bit is enough: the bytes are known to be token bytes. */
function isSpelled(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if ((bytes[start + index]! | 32) !== text.charCodeAt(index)) return false
  }
  return true
}
