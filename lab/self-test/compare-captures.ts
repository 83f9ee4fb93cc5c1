import { markPort } from '../evidence/tcpdump.ts'
import { tsharkFields } from './tshark.ts'

/** What a capture carries, as a third party (tshark) decodes it: how often each thing occurs. */
export interface CaptureContents {
  /** `127.1.1.71:40001>127.1.2.10:5061 INVITE sip:1003@example.com SIP/2.0` */
  readonly sipStartLines: ReadonlyMap<string, number>
  /** The same with `<Call-ID> <CSeq>`. */
  readonly sipTransactions: ReadonlyMap<string, number>
  /** The same with `GET /path` or `200 OK`. */
  readonly httpMessages: ReadonlyMap<string, number>
  /** Datagrams and their bytes by 4-tuple (`a:p>b:p`): media and DNS. */
  readonly datagrams: ReadonlyMap<string, number>
  readonly datagramBytes: ReadonlyMap<string, number>
  /** Bytes of TCP payload by 4-tuple. */
  readonly tcpBytes: ReadonlyMap<string, number>
}

export interface CaptureSource {
  readonly path: string
  /** NSS key log, where the capture holds no secrets. */
  readonly keyLogPath?: string
  /** Ports where TLS carries SIP, besides 5061. Default: that of a traversal zone. */
  readonly sipPorts?: readonly number[]
}

export interface CaptureComparison {
  readonly ours: CaptureContents
  readonly theirs: CaptureContents
  /** Empty where both carry the same; else `tcpBytes a>b: 1200 in ours, 1180 in theirs`. */
  readonly differences: readonly string[]
}

/** Compares a capture we wrote with one taken beside it: same messages, same datagrams, same bytes. */
export function compareCaptures(ours: CaptureSource, theirs: CaptureSource): CaptureComparison {
  const contents = { ours: readCapture(ours), theirs: readCapture(theirs) }
  const aspects = Object.keys(contents.ours) as (keyof CaptureContents)[]
  const differences = aspects.flatMap((aspect) => differencesOf(aspect, contents.ours[aspect], contents.theirs[aspect]))
  return { ...contents, differences }
}

function differencesOf(
  aspect: string,
  ours: ReadonlyMap<string, number>,
  theirs: ReadonlyMap<string, number>,
): string[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((key) => ours.get(key) !== theirs.get(key))
    .map((key) => `${aspect} ${key}: ${ours.get(key) ?? 0} in ours, ${theirs.get(key) ?? 0} in theirs`)
}

/** Decodes a capture with tshark. Retransmitted segments count once; what ICMP quotes does not count. */
export function readCapture(source: CaptureSource): CaptureContents {
  const counts = {
    sipStartLines: new Map<string, number>(),
    sipTransactions: new Map<string, number>(),
    httpMessages: new Map<string, number>(),
    datagrams: new Map<string, number>(),
    datagramBytes: new Map<string, number>(),
    tcpBytes: new Map<string, number>(),
  }
  const filter = `(tcp.len > 0 && !tcp.analysis.retransmission) || (udp && !icmp && udp.dstport != ${markPort})`
  for (const cells of tsharkFields({ ...source, filter, fields })) {
    const frame = Object.fromEntries(fields.map((field, index) => [field, cells[index] ?? []])) as Frame
    const direction = directionOf(frame)
    const add = (counted: Map<string, number>, key: string, times: number) =>
      counted.set(direction + key, (counted.get(direction + key) ?? 0) + times)
    for (const line of [...frame['sip.Request-Line'], ...frame['sip.Status-Line']]) {
      add(counts.sipStartLines, ` ${line}`, 1)
    }
    frame['sip.Call-ID'].forEach((id, index) => add(counts.sipTransactions, ` ${id} ${frame['sip.CSeq'][index]}`, 1))
    frame['http.request.method'].forEach((method, index) =>
      add(counts.httpMessages, ` ${method} ${frame['http.request.uri'][index]}`, 1),
    )
    for (const code of frame['http.response.code']) add(counts.httpMessages, ` ${code}`, 1)
    for (const length of frame['tcp.len']) add(counts.tcpBytes, '', Number(length))
    for (const length of frame['udp.length']) {
      add(counts.datagrams, '', 1)
      add(counts.datagramBytes, '', Number(length) - udpHeaderBytes)
    }
  }
  return counts
}

const udpHeaderBytes = 8

const fields = [
  'ip.src',
  'ip.dst',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.len',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'sip.Request-Line',
  'sip.Status-Line',
  'sip.Call-ID',
  'sip.CSeq',
  'http.request.method',
  'http.request.uri',
  'http.response.code',
] as const
type Frame = Record<(typeof fields)[number], string[]>

function directionOf(frame: Frame): string {
  const [from] = [...frame['tcp.srcport'], ...frame['udp.srcport']]
  const [to] = [...frame['tcp.dstport'], ...frame['udp.dstport']]
  return `${frame['ip.src'][0]}:${from}>${frame['ip.dst'][0]}:${to}`
}
