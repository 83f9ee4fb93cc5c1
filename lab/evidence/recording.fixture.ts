import type { TraceEvent } from '#runtime/trace.ts'

const addresses: Record<string, string> = {
  alice: '127.79.1.71',
  pubdns: '127.79.1.53',
  vcse1: '127.79.2.10',
  vcsc1: '127.79.3.10',
  intdns: '127.79.3.53',
  cucm1: '127.79.3.20',
  imp1: '127.79.3.30',
  carol: '127.79.3.60',
}

/** What hosts of a deployment would have traced; time goes on with each thing that happens. */
export class Recording {
  readonly events: TraceEvent[] = []
  #now = 1_000_000_000_000n

  /** Milliseconds that pass before the next thing. */
  wait(milliseconds: number): this {
    this.#now += BigInt(Math.round(milliseconds * 1e6))
    return this
  }

  open(from: string, to: string, protocol: string): this {
    for (const side of ['sent', 'received'] as const) this.#put({ from, to, protocol, side, kind: 'open' })
    return this
  }

  /** A message both ends saw; its bytes are also on the wire. `seenBy`: only one end saw it. */
  message(
    from: string,
    to: string,
    protocol: string,
    summary: string,
    text = summary,
    seenBy?: 'sender' | 'receiver',
  ): this {
    const bytes = Buffer.from(text).toString('base64')
    for (const side of ['sent', 'received'] as const) {
      if (seenBy === (side === 'sent' ? 'receiver' : 'sender')) continue
      this.#put({ from, to, protocol, side, kind: 'segment', bytes })
      this.#put({ from, to, protocol, side, kind: 'message', summary, bytes })
    }
    return this.wait(1)
  }

  /** A question only the server writes down, and its answer. */
  dns(from: string, server: string, question: string, answer: string): this {
    for (const [side, summary] of [
      ['received', question],
      ['sent', answer],
    ] as const) {
      const [local, remote] = [endpoint(server, 53), endpoint(from, 40_000)]
      const facts = { transport: 'udp', connection: `udp/${remote}/${local}`, local, remote, protocol: 'DNS' } as const
      this.#event(server, {
        kind: 'message',
        direction: side,
        ...facts,
        summary,
        bytes: Buffer.from([0, 1, 2]).toString('base64'),
      })
    }
    return this.wait(0.5)
  }

  media(from: string, to: string, packets: number): this {
    const bytes = Buffer.alloc(172).toString('base64')
    for (let packet = 0; packet < packets; packet++) {
      for (const side of ['sent', 'received'] as const)
        this.#put({ from, to, protocol: 'SRTP', side, kind: 'segment', bytes })
      this.wait(20)
    }
    return this
  }

  note(host: string, summary: string): this {
    this.#event(host, { kind: 'note', summary })
    return this
  }

  #put(facts: {
    from: string
    to: string
    protocol: string
    side: 'sent' | 'received'
    kind: TraceEvent['kind']
    summary?: string
    bytes?: string
  }): void {
    const { from, to, protocol, side, kind, summary, bytes } = facts
    const { ends, connection, transport } = connectionOf(from, to, protocol)
    const [local, remote] = side === 'sent' ? ends : [ends[1], ends[0]]
    this.#event(side === 'sent' ? from : to, {
      kind,
      direction: side,
      transport,
      connection,
      local,
      remote,
      protocol,
      ...(summary === undefined ? {} : { summary }),
      ...(bytes === undefined ? {} : { bytes }),
    })
    this.wait(0.05)
  }

  #event(host: string, facts: Omit<TraceEvent, 'at' | 'hostTime' | 'host'>): void {
    const hostTime = new Date(1_767_225_600_000 + Number(this.#now / 1_000_000n)).toISOString()
    this.events.push({ at: String(this.#now), hostTime, host, ...facts })
  }
}

const serverPorts: Record<string, number> = { SIP: 5061, HTTP: 8443, XMPP: 5222, XCP: 7400 }
/** The side whose name stands first dials. */
const diallers = ['alice', 'vcsc1', 'vcse1', 'carol', 'cucm1', 'imp1']

function connectionOf(from: string, to: string, protocol: string) {
  if (protocol === 'SRTP') {
    const ends = [endpoint(from, 36_002), endpoint(to, 36_000)] as const
    return { ends, connection: `udp/${ends.join('/')}`, transport: 'udp' as const }
  }
  const port = serverPorts[protocol] ?? 9_000
  const isFromDialler = diallers.indexOf(from) < diallers.indexOf(to)
  const [dialler, acceptor] = isFromDialler
    ? [endpoint(from, 40_001), endpoint(to, port)]
    : [endpoint(to, 40_001), endpoint(from, port)]
  const ends = isFromDialler ? ([dialler, acceptor] as const) : ([acceptor, dialler] as const)
  return { ends, connection: `tcp/${dialler}/${acceptor}`, transport: 'tcp' as const }
}

function endpoint(host: string, port: number): string {
  return `${addresses[host] ?? '192.0.2.1'}:${port}`
}

/** A call from Alice outside to Carol inside, with a keepalive before and an authentication on the way. */
export function recordedCall(): TraceEvent[] {
  const path = ['alice', 'vcse1', 'vcsc1', 'cucm1', 'carol']
  const recording = new Recording()
  const hop = (forward: boolean, summary: string, from: number, to: number) => {
    for (let index = from; index !== to; index += forward ? 1 : -1) {
      const next = path[index + (forward ? 1 : -1)]!
      recording.message(path[index]!, next, 'SIP', summary, sipText(summary, index))
    }
  }
  for (let time = 0; time < 5; time++) {
    recording.message(
      'vcsc1',
      'vcse1',
      'SIP',
      'OPTIONS sip:vcse1.example.com:7001;transport=tls',
      sipText('OPTIONS sip:vcse1.example.com:7001', time),
    )
    recording.message('vcse1', 'vcsc1', 'SIP', '200 OK (OPTIONS)', sipText('200 OK (OPTIONS)', time)).wait(300)
  }
  recording.note('alice', 'dials 1003')
  hop(true, 'INVITE sip:1003@example.com', 0, 1)
  hop(false, '407 Proxy Authentication Required (INVITE)', 1, 0)
  hop(true, 'ACK sip:1003@example.com', 0, 1)
  hop(true, 'INVITE sip:1003@example.com', 0, 4)
  hop(false, '180 Ringing (INVITE)', 4, 0)
  recording.wait(800)
  hop(false, '200 OK (INVITE)', 4, 0)
  hop(true, 'ACK sip:1003@127.79.3.60:5061;transport=tls', 0, 4)
  recording.media('alice', 'vcse1', 40).media('vcse1', 'vcsc1', 40)
  hop(true, 'BYE sip:1003@127.79.3.60:5061;transport=tls', 0, 3)
  recording.message(
    'cucm1',
    'carol',
    'SIP',
    'BYE sip:1003@127.79.3.60:5061;transport=tls',
    sipText('BYE sip:1003@127.79.3.60:5061', 9),
    'sender',
  )
  return recording.events
}

function sipText(summary: string, branch: number): string {
  const startLine = /^\d/.test(summary) ? `SIP/2.0 ${summary.replace(/ \(.*/, '')}` : `${summary} SIP/2.0`
  const credentials =
    'Proxy-Authorization: Digest username="alice", realm="lab", nonce="abcdef", response="0123456789abcdef"'
  const body = 'v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0\r\n'
  return `${startLine}\r\nVia: SIP/2.0/TLS 127.79.1.71:5061;branch=z9hG4bK-${branch}\r\nCall-ID: call-1\r\nCSeq: 1 ${summary.split(' ')[0]}\r\n${credentials}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** A sign-in: DNS, configuration and directory over HTTPS, XMPP with a wrong password first, registration. */
export function recordedSignIn(): TraceEvent[] {
  const recording = new Recording()
  const target = Buffer.from('example.com/https/cucm1.example.com/8443').toString('base64url')
  const through = (request: string, answer: string) => {
    const inside = request.replace(`/${target}`, '')
    recording.message('alice', 'vcse1', 'HTTP', request, httpRequest(request))
    recording.message('vcsc1', 'cucm1', 'HTTP', inside, httpRequest(inside))
    recording.message(
      'cucm1',
      'vcsc1',
      'HTTP',
      answer,
      `HTTP/1.1 ${answer}\r\nSet-Cookie: JSESSIONIDSSO=verysecret; Secure\r\n\r\n<device><name>CSFALICE</name></device>`,
    )
    recording.message('vcse1', 'alice', 'HTTP', answer, `HTTP/1.1 ${answer}\r\n\r\n`)
  }
  recording.dns('alice', 'pubdns', 'SRV _collab-edge._tls.example.com', '1 answer: vcse1.example.com:8443')
  recording.dns('alice', 'pubdns', 'A vcse1.example.com', '1 answer: 127.79.2.10')
  recording.dns('vcsc1', 'intdns', 'SRV _cisco-uds._tcp.example.com', '1 answer: cucm1.example.com:8443')
  recording.open('alice', 'vcse1', 'HTTP').open('vcsc1', 'cucm1', 'HTTP')
  through(`GET /${target}/get_edge_config?service_name=_cisco-uds&service_name=_cuplogin`, '401 Unauthorized')
  through(`GET /${target}/get_edge_config?service_name=_cisco-uds&service_name=_cuplogin`, '200 OK')
  for (const path of [
    'cucm-uds/clusterUser?username=alice',
    'cucm-uds/user/alice',
    'cucm-uds/user/alice/devices',
    'cucm-uds/servers',
    'jabber-config.xml',
  ]) {
    through(`GET /${target}/${path}`, path.startsWith('jabber') ? '404 Not Found' : '200 OK')
  }
  recording.open('alice', 'vcse1', 'XMPP')
  recording.message('alice', 'vcse1', 'XMPP', '<stream:stream> → example.com', "<stream:stream to='example.com'>")
  recording.message('vcse1', 'alice', 'XMPP', '<stream:features>', '<stream:features/>')
  recording.message(
    'alice',
    'vcse1',
    'XMPP',
    '<auth mechanism=PLAIN>',
    "<auth mechanism='PLAIN'>AGFsaWNlAHdyb25n</auth>",
  )
  recording.message('vcse1', 'alice', 'XMPP', '<failure not-authorized>', '<failure><not-authorized/></failure>')
  recording.message(
    'alice',
    'vcse1',
    'XMPP',
    '<auth mechanism=PLAIN>',
    "<auth mechanism='PLAIN'>AGFsaWNlAHJpZ2h0</auth>",
  )
  recording.message('vcse1', 'vcsc1', 'XCP', '<iq type=set> bind', "<iq type='set' id='1'><bind/></iq>")
  recording.message('vcsc1', 'imp1', 'XCP', '<iq type=set> bind', "<iq type='set' id='1'><bind/></iq>")
  recording.message('vcse1', 'alice', 'XMPP', '<success>', '<success/>')
  for (const [from, to] of [
    ['alice', 'vcse1'],
    ['vcse1', 'vcsc1'],
    ['vcsc1', 'cucm1'],
  ] as const) {
    recording.message(from, to, 'SIP', 'REGISTER sip:example.com', sipText('REGISTER sip:example.com', 1))
  }
  for (const [from, to] of [
    ['cucm1', 'vcsc1'],
    ['vcsc1', 'vcse1'],
    ['vcse1', 'alice'],
  ] as const) {
    recording.message(from, to, 'SIP', '200 OK (REGISTER)', sipText('200 OK (REGISTER)', 1))
  }
  return recording.note('alice', 'signed in').events
}

function httpRequest(request: string): string {
  return `${request} HTTP/1.1\r\nHost: vcse1.example.com:8443\r\nAuthorization: Basic YWxpY2U6cmlnaHQ=\r\nCookie: X-Auth=topsecret; other=1\r\n\r\n`
}
