import { applyRules, cutConnections, removeTable, requirePrivateFabric, runTool } from './netfilter.ts'

/** First and last port; undefined: any. */
export type FlowPorts = readonly [first: number, last: number] | undefined

export interface FlowEnd {
  /** Addresses and networks (CIDR). */
  readonly at: readonly string[]
  readonly ports: FlowPorts
}

/** What a firewall rule lets pass. A TCP flow's answers pass with it; datagrams pass in the one direction only. */
export interface Flow {
  readonly id: string
  readonly transport: 'tcp' | 'udp'
  readonly from: FlowEnd
  readonly to: FlowEnd
}

/** Something that was turned away. */
export interface RefusedPacket {
  readonly from: string
  readonly to: string
  readonly transport: string
  readonly port: number
}

/** Where the firewall stands: what it governs, and what passes it by. */
export interface FirewallPlace {
  /** All addresses of the lab (CIDR); others are no business of the firewall. */
  readonly governed: string
  /** Networks inside which everything passes, apart from what goes to or comes from `guarded`. */
  readonly open: readonly string[]
  /** Hosts whose own network is between firewalls too. */
  readonly guarded: readonly string[]
  /** What a closed TCP port answers: `reset` shows it at once, `nothing` leaves whoever dials to wait. */
  readonly answer: 'reset' | 'nothing'
}

const table = 'mra_ports'

/**
 * A firewall without state between the places of a lab, in nftables of the private fabric's own network namespace.
 */
export class Firewall implements AsyncDisposable {
  readonly #place: FirewallPlace
  #allowed: readonly Flow[] = []

  /** Throws `FirewallUnavailable` outside a private fabric: the machine's own tables are never touched. */
  constructor(place: FirewallPlace) {
    requirePrivateFabric()
    this.#place = place
  }

  /** Lets exactly these flows pass from now on; connections of any other flow are cut. */
  async allowOnly(flows: readonly Flow[]): Promise<void> {
    this.#allowed = flows
    await applyRules(rulesetOf(this.#place, flows))
  }

  /** Closes these flows: nothing of theirs passes any more, and what is connected is cut. */
  async drop(flows: readonly Flow[]): Promise<void> {
    const closed = new Set(flows.map(({ id }) => id))
    await this.allowOnly(this.#allowed.filter(({ id }) => !closed.has(id)))
    for (const flow of flows) await this.cut(flow)
  }

  /** No rules at all. */
  async open(): Promise<void> {
    this.#allowed = []
    await removeTable(`inet ${table}`)
  }

  /** Ends the connections of a flow as they are, at both ends. */
  async cut({ transport, from, to }: Flow): Promise<void> {
    if (transport !== 'tcp') return
    for (const source of from.at) {
      for (const destination of to.at) {
        const filter = [
          ...['src', source, 'and', 'dst', destination],
          ...portFilter('sport', from.ports),
          ...portFilter('dport', to.ports),
        ]
        await cutConnections(filter)
      }
    }
  }

  /** Ends every connection there is. */
  async cutAll(): Promise<void> {
    await cutConnections()
  }

  /** What was turned away since the rules were last changed. */
  async refused(): Promise<RefusedPacket[]> {
    const output = await runTool('nft', ['--json', 'list', 'set', 'inet', table, 'refused'])
    const { nftables } = JSON.parse(output) as { nftables: { set?: { elem?: { concat: RefusedElement }[] } }[] }
    const elements = nftables.flatMap(({ set }) => set?.elem ?? [])
    return elements.map(({ concat: [from, to, transport, port] }) => ({ from, to, transport, port }))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.open()
  }
}

type RefusedElement = [from: string, to: string, transport: string, port: number]

function rulesetOf({ governed, open, guarded, answer }: FirewallPlace, flows: readonly Flow[]): string[] {
  const hosts = `{ ${guarded.join(', ')} }`
  return [
    // Declared first so that deleting it is no error the first time; the whole text is one transaction.
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    '  set refused {',
    '    type ipv4_addr . ipv4_addr . inet_proto . inet_service',
    '    flags dynamic',
    '    size 4096',
    '  }',
    '  chain input {',
    '    type filter hook input priority 0; policy accept;',
    `    ip saddr != ${governed} accept`,
    `    ip daddr != ${governed} accept`,
    // Else a connection that is cut at one end would never end at the other.
    '    tcp flags & rst == rst accept',
    // What a firewall with state takes as related: nobody listens on that media port any more.
    '    icmp type destination-unreachable accept',
    ...guarded.map((host) => `    ip saddr ${host} ip daddr ${host} accept`),
    ...open.map(
      (network) => `    ip saddr ${network} ip daddr ${network} ip saddr != ${hosts} ip daddr != ${hosts} accept`,
    ),
    ...flows.flatMap(rulesOf),
    '    update @refused { ip saddr . ip daddr . meta l4proto . th dport }',
    ...(answer === 'reset' ? ['    meta l4proto tcp reject with tcp reset'] : []),
    '    drop',
    '  }',
    '}',
  ]
}

/** Answers may not open a connection: no bare SYN. */
function rulesOf({ id, transport, from, to }: Flow): string[] {
  const rule = (one: FlowEnd, other: FlowEnd, condition: string) =>
    [
      `    ip saddr { ${one.at.join(', ')} } ip daddr { ${other.at.join(', ')} }`,
      ` meta l4proto ${transport}`,
      one.ports === undefined ? '' : ` ${transport} sport ${one.ports.join('-')}`,
      other.ports === undefined ? '' : ` ${transport} dport ${other.ports.join('-')}`,
      `${condition} accept comment "${id}"`,
    ].join('')
  if (transport === 'udp') return [rule(from, to, '')]
  return [rule(from, to, ''), rule(to, from, ' tcp flags & (syn | ack) != syn')]
}

function portFilter(which: 'sport' | 'dport', ports: FlowPorts): string[] {
  if (ports === undefined) return []
  const [first, last] = ports
  return ['and', which, '>=', `:${first}`, 'and', which, '<=', `:${last}`]
}
