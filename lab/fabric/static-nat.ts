import { applyRules, cutConnections, removeTable, requirePrivateFabric, runTool } from './netfilter.ts'

/** What kind of firewall stands outside a host with a translated address (guide: Firewall). */
export const firewallProfiles = ['reflection', 'no-reflection'] as const
export type FirewallProfile = (typeof firewallProfiles)[number]

export interface StaticNatPlace {
  /** Number of the lab: each has a table of its own. */
  readonly lab: number
  readonly publicAddress: string
  readonly privateAddress: string
  /** Networks (CIDR). */
  readonly internet: string
  readonly inside: string
  readonly dmz: string
  /** Hosts inside that reach the private address as it is, to manage what stands there. */
  readonly managers: readonly string[]
}

export interface StaticNatRules {
  /** Whether who is inside reaches the public address: NAT reflection. */
  readonly profile: FirewallProfile
  /** Whether everybody inside reaches the private address as it is. */
  readonly isOpenInside: boolean
}

/** Packets that met a rule first: of TCP the ones that open a connection, of UDP the first of each pair of ports. */
export interface StaticNatCounters {
  readonly reflected: number
  readonly fromInternet: number
  /** Sent to the public address and translated by no rule. */
  readonly untranslated: number
  /** Sent to the private address by somebody who has no way there. */
  readonly refused: number
}

/**
 * A firewall that translates one public address to a private one in a DMZ, in nftables of the private fabric's own
 * network namespace. Answers come from the public address, and what the private host opens does so too.
 */
export class StaticNat implements AsyncDisposable {
  readonly place: StaticNatPlace
  readonly #table: string

  private constructor(place: StaticNatPlace) {
    this.place = place
    this.#table = `ip mra_nat_${place.lab}`
  }

  /** Rejects with `FirewallUnavailable` where there is none to be had. */
  static async open(place: StaticNatPlace, rules: StaticNatRules): Promise<StaticNat> {
    requirePrivateFabric()
    const nat = new StaticNat(place)
    await nat.#apply(rules)
    return nat
  }

  /** Other rules from now on; the counters begin anew, and what those inside had connected is cut. */
  async change(rules: StaticNatRules): Promise<void> {
    await this.#apply(rules)
    const { publicAddress, privateAddress, inside } = this.place
    for (const address of [publicAddress, privateAddress]) await cutConnections(['src', inside, 'and', 'dst', address])
    await cutConnections(['src', privateAddress, 'and', 'dst', inside])
  }

  async counters(): Promise<StaticNatCounters> {
    const output = await runTool('nft', ['--json', 'list', 'counters', 'table', ...this.#table.split(' ')])
    const { nftables } = JSON.parse(output) as { nftables: { counter?: { name: string; packets: number } }[] }
    const counted = new Map(nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])))
    const of = (name: (typeof counterNames)[number]) => counted.get(name) ?? 0
    return {
      reflected: of('reflected'),
      fromInternet: of('from_internet'),
      untranslated: of('untranslated'),
      refused: of('refused'),
    }
  }

  /** Connections that are still closing could not end without the translation: they are cut. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { publicAddress, privateAddress } = this.place
    for (const address of [publicAddress, privateAddress]) {
      await cutConnections(['dst', address])
      await cutConnections(['src', address])
    }
    await removeTable(this.#table)
  }

  #apply(rules: StaticNatRules): Promise<void> {
    return applyRules(rulesetOf(this.#table, this.place, rules))
  }
}

const counterNames = ['reflected', 'from_internet', 'untranslated', 'refused'] as const

function rulesetOf(
  table: string,
  { publicAddress, privateAddress, internet, inside, dmz, managers }: StaticNatPlace,
  { profile, isOpenInside }: StaticNatRules,
): string[] {
  const isReflecting = profile === 'reflection'
  const translate = (from: string, counter: string) =>
    `    ip saddr ${from} ip daddr ${publicAddress} counter name ${counter} dnat to ${privateAddress}`
  return [
    `table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    ...counterNames.map((name) => `  counter ${name} { }`),
    '  chain output {',
    '    type nat hook output priority -100; policy accept;',
    translate(internet, 'from_internet'),
    ...(isReflecting ? [translate(inside, 'reflected')] : []),
    '  }',
    '  chain postrouting {',
    '    type nat hook postrouting priority 100; policy accept;',
    `    ip saddr ${privateAddress} ip daddr ${internet} snat to ${publicAddress}`,
    '  }',
    '  chain input {',
    '    type filter hook input priority 0; policy accept;',
    // Nobody has this address: what is not translated is lost.
    `    ip daddr ${publicAddress} counter name untranslated drop`,
    `    ip daddr != ${privateAddress} accept`,
    `    ip saddr { ${[dmz, ...managers].join(', ')} } accept`,
    '    ct direction reply accept',
    `    ip saddr ${internet} ct status dnat accept`,
    // A translation that has begun outlives its rule.
    ...(isReflecting ? [`    ip saddr ${inside} ct status dnat accept`] : []),
    ...(isOpenInside ? [`    ip saddr ${inside} ct status & dnat == 0 accept`] : []),
    '    counter name refused drop',
    '  }',
    '}',
  ]
}
