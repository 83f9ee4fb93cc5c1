import type { DnsRecord, RecordType, Resolver } from '#runtime/resolve.ts'
import { NameNotResolved, recordTypes } from '#runtime/resolve.ts'
import type { ServiceKind } from './srv-services.ts'
import { serviceKinds, srvServices } from './srv-services.ts'

export const lookupTypes = ['All', ...recordTypes] as const
export type LookupType = (typeof lookupTypes)[number]

/** One line of the page: a record, or that there is none. */
export interface DnsLookupRow {
  /** The kind of service of a SRV lookup; `Host` for records of the name itself. */
  readonly service: ServiceKind | 'Host'
  /** The name as it was asked. */
  readonly query: string
  readonly type: RecordType
  readonly outcome: 'found' | 'not found' | `failed: ${string}`
  /** The record in one text; empty where there is none. */
  readonly answer: string
  readonly priority?: number
  readonly weight?: number
  readonly port?: number
  readonly target?: string
  /** IPv4 address; for a SRV record those of its target, as this VCS sees them. */
  readonly address?: string
  /** Seconds; for A and AAAA only. */
  readonly ttl?: number
}

/**
 * Maintenance > Tools > Network utilities > DNS lookup: every question goes to this VCS's own DNS servers. A SRV lookup
 * (`SRV`, `All`) asks for the services under the name; a name that begins with `_` is asked as it is. `PTR` of an IPv4
 * address asks for its name in in-addr.arpa.
 */
export async function lookUpDns(resolver: Resolver, name: string, type: LookupType): Promise<DnsLookupRow[]> {
  const host = name.trim().replace(/\.$/, '')
  const problem = problemOfLookupName(host)
  if (problem !== undefined) {
    return [
      { service: 'Host', query: host, type: type === 'All' ? 'A' : type, outcome: `failed: ${problem}`, answer: '' },
    ]
  }
  const questions = questionsFor(resolver.qualified(host), type)
  const rows = (await Promise.all(questions.map((question) => ask(resolver, question)))).flat()
  return withAddresses(resolver, rows)
}

/** Why a text cannot be looked up; undefined where it can (RFC 1035 §2.3.4; underscores are for services). */
export function problemOfLookupName(name: string): string | undefined {
  if (name === '') return 'no host name'
  if (name.length > 253) return 'a name has 253 characters at most'
  const isName = name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  return isName ? undefined : 'not a host name'
}

interface Question {
  readonly service: DnsLookupRow['service']
  readonly query: string
  readonly type: RecordType
}

function questionsFor(host: string, type: LookupType): Question[] {
  const types = type === 'All' ? recordTypes : [type]
  if (ipv4.test(host)) {
    const query = `${host.split('.').reverse().join('.')}.in-addr.arpa`
    return types.includes('PTR')
      ? [{ service: 'Host', query, type: 'PTR' }]
      : [{ service: 'Host', query: host, type: types[0]! }]
  }
  return types.flatMap((each): Question[] => {
    if (each === 'SRV' && !host.startsWith('_')) return servicesOf(host)
    // Of names, only an address has a pointer.
    if (each === 'PTR' && type === 'All') return []
    return [{ service: kindOf(host), query: host, type: each }]
  })
}

function servicesOf(domain: string): Question[] {
  return serviceKinds.flatMap((kind) =>
    srvServices[kind].map((service): Question => ({ service: kind, query: `${service}.${domain}`, type: 'SRV' })),
  )
}

function kindOf(host: string): DnsLookupRow['service'] {
  const asked = host.toLowerCase()
  const isOf = (kind: ServiceKind) => srvServices[kind].some((service) => asked.startsWith(`${service}.`))
  return serviceKinds.find(isOf) ?? 'Host'
}

async function ask(resolver: Resolver, question: Question): Promise<DnsLookupRow[]> {
  try {
    const records = await resolver.records(question.query, question.type)
    if (records.length === 0) return [{ ...question, outcome: 'not found', answer: '' }]
    return records.slice(0, mostRecords).map((record) => ({ ...question, outcome: 'found', ...describe(record) }))
  } catch (error) {
    if (!(error instanceof NameNotResolved)) throw error
    return [{ ...question, outcome: `failed: ${sayReason(error.reason)}`, answer: '' }]
  }
}

function describe(record: DnsRecord): Pick<DnsLookupRow, 'answer'> & Partial<DnsLookupRow> {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return { answer: record.address, address: record.address, ttl: record.ttl }
    case 'SRV': {
      const { priority, weight, port, name: target } = record
      return { answer: `${priority} ${weight} ${port} ${target}`, priority, weight, port, target }
    }
    case 'NAPTR': {
      const { order, preference, flags, service, regexp, replacement } = record
      return { answer: `${order} ${preference} "${flags}" "${service}" "${regexp}" ${replacement || '.'}` }
    }
    case 'PTR':
      return { answer: record.name, target: record.name }
    case 'TXT':
      return { answer: record.text }
    default:
      return record satisfies never
  }
}

/** A SRV record helps only where its target has an address. */
async function withAddresses(resolver: Resolver, rows: readonly DnsLookupRow[]): Promise<DnsLookupRow[]> {
  const targets = new Set(rows.flatMap(({ type, target }) => (type === 'SRV' && target !== undefined ? [target] : [])))
  const known = new Map<string, string>()
  await Promise.all(
    [...targets].slice(0, mostRecords).map(async (target) => {
      const records = await resolver.records(target, 'A').catch(() => [])
      const addresses = records.flatMap((record) => (record.type === 'A' ? [record.address] : []))
      if (addresses.length > 0) known.set(target, addresses.join(', '))
    }),
  )
  return rows.map((row) => {
    const address = row.type === 'SRV' && row.target !== undefined ? known.get(row.target) : undefined
    return address === undefined ? row : { ...row, address }
  })
}

const reasons: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no DNS server answered in time',
  ECONNREFUSED: 'no DNS server could be reached',
  EREFUSED: 'the DNS servers refuse this question',
  ESERVFAIL: 'the DNS servers failed',
  EFORMERR: 'the DNS servers did not understand the question',
  EBADRESP: 'the answer could not be understood',
  ENOTIMP: 'the DNS servers do not know this type',
}

function sayReason(reason: string): string {
  return reasons[reason] ?? reason
}

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/
const mostRecords = 50
