import type { Arrival, GuardVerdict } from '#runtime/connection-guard.ts'
import { type AddressRange, rangeTest } from './address-range.ts'

/** A row of System > Protection > Firewall rules > Configuration, with the fields of the page. */
export interface FirewallRule extends AddressRange {
  /** The lower number is asked first. */
  readonly priority: number
  readonly interface: 'LAN1' | 'LAN2' | 'All'
  readonly service: 'Custom' | FirewallService
  /** Of Custom only. */
  readonly transport?: 'TCP' | 'UDP'
  readonly startPort?: number
  readonly endPort?: number
  readonly action: 'Allow' | 'Drop' | 'Reject'
  readonly description: string
}

/** Services a rule can name instead of its ports. */
export const firewallServices = {
  HTTPS: { transport: 'TCP', ports: [443, 443] },
  'HTTP proxy': { transport: 'TCP', ports: [8443, 8443] },
  SIP: { transport: 'TCP', ports: [5060, 5061] },
  'SIP UDP': { transport: 'UDP', ports: [5060, 5060] },
  'SSH tunnels': { transport: 'TCP', ports: [2222, 2222] },
  XMPP: { transport: 'TCP', ports: [5222, 5222] },
  XCP: { transport: 'TCP', ports: [7400, 7400] },
} as const satisfies Record<string, PortRange>

export type FirewallService = keyof typeof firewallServices

/** Addresses of the LAN interfaces. */
export type LanAddresses = Readonly<Record<'LAN1' | 'LAN2', string | undefined>>

/** A rule ready to judge; undefined: it says nothing about this arrival. */
export type CompiledRule = (arrival: Arrival, lan: LanAddresses) => GuardVerdict | undefined

/** The rules in the order they are asked, or what is wrong with them. */
export function compileRules(rules: readonly FirewallRule[]): readonly CompiledRule[] | InvalidRules {
  const compiled: CompiledRule[] = []
  const problems: string[] = []
  for (const rule of rules.toSorted((one, other) => one.priority - other.priority)) {
    const judge = compileRule(rule)
    if (typeof judge === 'string') problems.push(`rule ${rule.priority}: ${judge}`)
    else compiled.push(judge)
  }
  return problems.length === 0 ? compiled : { kind: 'invalid', problems }
}

export interface InvalidRules {
  readonly kind: 'invalid'
  readonly problems: readonly string[]
}

export function isInvalid(outcome: object): outcome is InvalidRules {
  return 'kind' in outcome && outcome.kind === 'invalid'
}

interface PortRange {
  readonly transport: 'TCP' | 'UDP'
  readonly ports: readonly [first: number, last: number]
}

function compileRule(rule: FirewallRule): CompiledRule | string {
  const isWithin = rangeTest(rule)
  if (isWithin === undefined) return `${rule.address}/${rule.prefixLength} is no range of addresses`
  const range = rule.service === 'Custom' ? customRange(rule) : firewallServices[rule.service]
  if (range === undefined) return 'a custom service needs a transport, a start port and an end port not below it'
  const [first, last] = range.ports
  const transport = range.transport === 'TCP' ? 'tcp' : 'udp'
  const verdict = verdicts[rule.action]
  return (arrival, lan) => {
    const { remote, local } = arrival
    if (arrival.transport !== transport || local.port < first || local.port > last) return undefined
    if (rule.interface !== 'All' && lan[rule.interface] !== local.address) return undefined
    return isWithin(remote.address) ? verdict : undefined
  }
}

function customRange({ transport, startPort, endPort = startPort }: FirewallRule): PortRange | undefined {
  if (transport === undefined || startPort === undefined || endPort === undefined) return undefined
  return isPort(startPort) && isPort(endPort) && startPort <= endPort
    ? { transport, ports: [startPort, endPort] }
    : undefined
}

function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65_535
}

const verdicts = { Allow: 'admit', Drop: 'drop', Reject: 'reject' } as const
